"""Reads photos; every way a file can be unusable ends in one clear line."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from faceguard.errors import PhotoError
from faceguard.photos.decoding import decoding
from faceguard.photos.orientation import upright
from faceguard.photos.photo import Photo, StoredSource
from faceguard.photos.sniffing import format_of
from recognizers.system_errors import reason_of

DEFAULT_MAX_PIXELS = 120_000_000


def read_photo(path: str | os.PathLike[str], max_pixels: int = DEFAULT_MAX_PIXELS) -> Photo:
    """Reads a photo from a file.

    The file's content decides on its type, not its name. JPEG, PNG, WebP, TIFF and BMP can be read, AVIF
    where Pillow supports it, HEIC where pillow-heif is installed.

    Args:
        path: The file.
        max_pixels: The largest photo to accept, in pixels (width × height). It is checked before the
            photo is decoded.

    Returns:
        The photo, upright.

    Raises:
        PhotoError: The file cannot be opened, is no photo, is cut off or damaged, is animated or has
            several pages, or is larger than ``max_pixels``.
    """
    path = Path(path)
    data = read_bytes(path)
    try:
        return _decoded(path, data, max_pixels)
    except PhotoError as error:
        raise PhotoError(path, error.reason) from error


def read_bytes(path: Path) -> bytes:
    """Reads a whole file.

    Args:
        path: The file.

    Returns:
        Its bytes.

    Raises:
        PhotoError: It cannot be opened or read.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise PhotoError(path, "is a folder, not a photo")
        if not stat.S_ISREG(kind):
            raise PhotoError(path, "is a device or a pipe, not a photo")
        return path.read_bytes()
    except OSError as error:
        raise PhotoError(path, f"cannot be read: {reason_of(error)}") from error
    except ValueError as error:  # a name that no file can have
        raise PhotoError(path, f"cannot be read: {error}") from error


def decode_photo(data: bytes, path: Path | None = None, max_pixels: int = DEFAULT_MAX_PIXELS) -> Photo:
    """Reads a photo from the bytes of a file.

    Raises:
        PhotoError: They are not a whole, still photo of a known format.
    """
    return _decoded(path or Path("photo in memory"), data, max_pixels)


def _decoded(path: Path, data: bytes, max_pixels: int) -> Photo:
    photo_format = format_of(data)
    with decoding():
        header = photo_format.header(data)
        if min(header.width, header.height) < 1:
            raise PhotoError(None, "damaged: the photo has no pixels")
        found = header.width * header.height
        if found > max_pixels:
            raise PhotoError(
                None,
                f"too large: {header.width} × {header.height} are {found / 1e6:,.1f} megapixels, "
                f"and the limit is {max_pixels / 1e6:,.1f} (raise it with --max-pixels)",
            )
        samples = photo_format.decode(data)
    source = StoredSource(photo_format, data, header.orientation, samples.plain)
    pixels = upright(samples.view(), header.orientation)
    if not pixels.flags.writeable:
        pixels = pixels.copy()
    return Photo(pixels, samples.grey, path, hashlib.sha256(data).hexdigest(), source)
