"""Finds whole JPEG pictures inside other data, such as the previews in a camera's maker note."""

from __future__ import annotations

from faceguard.errors import PhotoError
from faceguard.photos.jpeg_segments import end_of_image, split_header

_MAGIC = b"\xff\xd8\xff"


def zero_embedded_jpegs(data: bytearray) -> None:
    """Overwrites every JPEG picture inside ``data`` with zeros, in place.

    Only what has a readable JPEG header counts as a picture. A picture that is cut off is overwritten to
    the end of the data. The length stays, and so does every offset.

    Args:
        data: Any bytes, such as an EXIF block.
    """
    frozen = bytes(data)
    position = frozen.find(_MAGIC)
    while position >= 0:
        try:
            segments, scan = split_header(frozen, position)
        except PhotoError:
            segments = []
        end = position + 1
        if any(0xC0 <= segment.marker <= 0xCF for segment in segments):
            end = end_of_image(frozen, scan) or len(data)
            data[position:end] = bytes(end - position)
        position = frozen.find(_MAGIC, end)
