"""The quality to encode at where a format does not tell the source's own."""

from __future__ import annotations

from collections.abc import Callable

_LOWEST, _HIGHEST, _STEPS, _GROWTH = 80, 98, 3, 1.1


def encode_near_size(encode: Callable[[int], bytes], size: int) -> bytes:
    """Encodes at about the highest quality, from 80 to 98, that lets the file grow by at most a tenth.

    Args:
        encode: Encodes at a quality; called once to four times.
        size: The length in bytes of the source's pixels as encoded.

    Returns:
        The encoded photo; at quality 80 where even that is larger.
    """
    best = encode(_LOWEST)
    low, high = _LOWEST, _HIGHEST
    for _ in range(_STEPS):
        if len(best) > _GROWTH * size or low >= high:
            break
        quality = (low + high + 1) // 2
        encoded = encode(quality)
        if len(encoded) <= _GROWTH * size:
            best, low = encoded, quality
        else:
            high = quality - 1
    return best
