"""Photoshop image resources: the blocks in which JPEG and TIFF carry IPTC, and thumbnails beside it."""

from __future__ import annotations

PREFIX = b"Photoshop 3.0\x00"
_SIGNATURE = b"8BIM"
_THUMBNAILS = (0x0409, 0x040C)


def without_thumbnails(resources: bytes) -> bytes:
    """Takes the thumbnails out of a row of image resources.

    Args:
        resources: The resources without the ``Photoshop 3.0`` prefix.

    Returns:
        All other resources byte for byte, and whatever follows the last readable one.
    """
    kept, position = [], 0
    while resources[position : position + 4] == _SIGNATURE and position + 12 <= len(resources):
        code = int.from_bytes(resources[position + 4 : position + 6], "big")
        name = 1 + resources[position + 6]
        size_at = position + 6 + name + name % 2
        size = int.from_bytes(resources[size_at : size_at + 4], "big")
        end = size_at + 4 + size + size % 2
        if code not in _THUMBNAILS:
            kept.append(resources[position:end])
        position = end
    return b"".join(kept) + resources[position:]
