"""The formats of photos as the web knows them."""

from __future__ import annotations

from faceguard.errors import PhotoError
from faceguard.photos import DEFAULT_MAX_PIXELS
from faceguard.photos.decoding import decoding
from faceguard.photos.sniffing import format_of

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIC": "image/heic",
}
"""Format -> media type."""
SHOWN_BY_BROWSERS = frozenset({"JPEG", "PNG", "WebP", "AVIF", "BMP"})
"""The formats that a page can show as they are."""


def format_name(data: bytes, max_pixels: int = DEFAULT_MAX_PIXELS) -> str:
    """The format of a photo, which is measured but not decoded.

    Args:
        data: The file's bytes.
        max_pixels: The largest photo to accept, in pixels (width × height).

    Raises:
        TooManyPixelsError: It has more pixels.
        PhotoError: It is no photo that faceguard can read.
    """
    photo_format = format_of(data)
    with decoding():
        header = photo_format.header(data)
    pixels = header.width * header.height
    if pixels > max_pixels:
        raise TooManyPixelsError(header.width, header.height, max_pixels)
    return photo_format.name


class TooManyPixelsError(PhotoError):
    """A photo with more pixels than are accepted."""

    def __init__(self, width: int, height: int, max_pixels: int) -> None:
        super().__init__(
            None,
            f"{width} × {height} are {width * height / 1e6:,.1f} megapixels, and the limit is "
            f"{max_pixels / 1e6:,.1f}: make it smaller, or let faceguard serve be started with a larger "
            "--max-pixels",
        )
