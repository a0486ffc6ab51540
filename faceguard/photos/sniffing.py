"""Tells a file's type from its first bytes; names and extensions do not count."""

from __future__ import annotations

import io

from PIL.GifImagePlugin import GifImageFile

from faceguard.errors import PhotoError
from faceguard.photos.decoding import decoding
from faceguard.photos.formats import avif, bmp, heif, jpeg, png, tiff, webp
from faceguard.photos.formats.base import PhotoFormat, refuse_animation

_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_KNOWN_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"II\x2b\x00", "a BigTIFF file, which is not supported"),
    (b"MM\x00\x2b", "a BigTIFF file, which is not supported"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"8BPS", "a Photoshop document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\xff\x0a", "a JPEG XL image, which is not supported"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image, which is not supported"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image, which is not supported"),
)


def format_of(data: bytes) -> PhotoFormat:
    """Finds the format of a photo.

    Args:
        data: The file's bytes.

    Returns:
        What reads and writes it.

    Raises:
        PhotoError: It is empty, no image, or an image of another kind.
    """
    if not data:
        raise PhotoError(None, "empty file")
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg.Jpeg()
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return png.Png()
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return webp.WebP()
    if data.startswith((b"II\x2a\x00", b"MM\x00\x2a")):
        return tiff.Tiff()
    if data.startswith(b"BM") and data[6:10] == b"\x00\x00\x00\x00":
        return bmp.Bmp()
    if data.startswith((b"GIF87a", b"GIF89a")):
        raise _gif_error(data)
    if data[4:8] == b"ftyp":
        if data[8:12] in _AVIF_BRANDS or (data[8:12] in _HEIF_BRANDS and b"avif" in data[16:64]):
            return avif.Avif()
        if data[8:12] in _HEIF_BRANDS:
            return heif.Heif()
        raise PhotoError(None, "not a photo: its content is a video")
    raise PhotoError(None, f"not a photo: its content is {_about(data)}")


def _about(data: bytes) -> str:
    for magic, what in _KNOWN_OTHERS:
        if data.startswith(magic):
            return what
    return "text" if _is_text(data[:512]) else f"unknown (it begins with {data[:8].hex(' ')})"


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # the last character may be cut in two
            return False
        text = start[: error.start].decode("utf-8")
    return all(character.isprintable() or character.isspace() for character in text)


def _gif_error(data: bytes) -> PhotoError:
    with decoding():
        frames = GifImageFile(io.BytesIO(data)).n_frames
    refuse_animation(frames)
    return PhotoError(None, "GIF images are not supported: convert it to PNG first")
