"""How wide and high photos of so many megapixels are: 4:3, as most cameras have it."""

from __future__ import annotations


def shape_of(megapixels: float) -> tuple[int, int]:
    """Width and height in pixels.

    Examples:
        >>> shape_of(12)
        (4000, 3000)
    """
    unit = (megapixels * 1e6 / 12) ** 0.5
    return max(1, round(4 * unit)), max(1, round(3 * unit))
