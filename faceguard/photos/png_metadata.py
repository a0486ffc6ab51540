"""The metadata chunks of a PNG: which of them go into the protected photo, and how."""

from __future__ import annotations

import binascii
import zlib
from dataclasses import replace

from faceguard.photos import photoshop_resources
from faceguard.photos.metadata_cleaning import cleaned_exif, cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.png_chunks import Chunk

_COLOUR = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"mDCv", b"cLLI", b"cLLi", b"pHYs"}
_LAYOUT = {b"sBIT", b"bKGD"}
_IMAGE = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"hIST"}
# Content credentials hold a thumbnail, and their signature ends with the first changed pixel.
_DROPPED = {b"acTL", b"fcTL", b"fdAT", b"caBX"}
_XMP_KEYWORD, _PROFILE_KEYWORD = b"XML:com.adobe.xmp", b"Raw profile type "


def with_metadata(image: list[Chunk], source: list[Chunk], policy: MetadataPolicy) -> list[Chunk]:
    """Puts a source's metadata into a newly encoded PNG.

    Args:
        image: The new file's IHDR, PLTE, tRNS, IDAT and IEND.
        source: The source file's chunks.
        policy: What becomes of its metadata.

    Returns:
        The new file's chunks: metadata stands before or after the pixels as it did in the source.
    """
    same_layout = image[0].data[8:10] == source[0].data[8:10]
    first_pixels = [chunk.kind for chunk in source].index(b"IDAT")
    before, after = source[:first_pixels], source[first_pixels:]
    return [
        image[0],
        *_carried(before, policy, same_layout),
        *image[1:-1],
        *_carried(after, policy, same_layout),
        image[-1],
    ]


def without_metadata(source: list[Chunk], policy: MetadataPolicy) -> list[Chunk]:
    """Takes metadata out of a PNG and leaves its pixels alone.

    Args:
        source: The file's chunks.
        policy: What becomes of its metadata.

    Returns:
        The new file's chunks.
    """
    cleaned = (chunk if chunk.kind in _IMAGE else _cleaned(chunk, policy) for chunk in source)
    return [chunk for chunk in cleaned if chunk is not None]


def exif_of(chunks: list[Chunk]) -> bytes | None:
    """The EXIF block of a PNG; None where it has none."""
    return next((chunk.data for chunk in chunks if chunk.kind == b"eXIf"), None)


def _carried(chunks: list[Chunk], policy: MetadataPolicy, same_layout: bool) -> list[Chunk]:
    metadata = [c for c in chunks if c.kind not in _IMAGE and (same_layout or c.kind not in _LAYOUT)]
    cleaned = (_cleaned(chunk, policy) for chunk in metadata)
    return [chunk for chunk in cleaned if chunk is not None]


def _cleaned(chunk: Chunk, policy: MetadataPolicy) -> Chunk | None:
    if chunk.kind in _COLOUR or chunk.kind in _LAYOUT:
        return chunk
    if chunk.kind in _DROPPED or not chunk.is_ancillary:
        return None
    if chunk.kind == b"eXIf":
        block = cleaned_exif(chunk.data, policy)
        return replace(chunk, data=block) if block is not None else None
    if policy is MetadataPolicy.STRIP_ALL:
        return None
    if chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
        return _cleaned_text(chunk, policy)
    return chunk if chunk.is_safe_to_copy or chunk.kind == b"tIME" else None


def _cleaned_text(chunk: Chunk, policy: MetadataPolicy) -> Chunk | None:
    keyword = chunk.data.split(b"\x00", 1)[0]
    if policy is MetadataPolicy.STRIP_GPS and keyword.lower().startswith(b"exif:gps"):
        return None
    if keyword != _XMP_KEYWORD and not keyword.startswith(_PROFILE_KEYWORD):
        return chunk
    try:
        head, text, packed = _text(chunk)
        if keyword == _XMP_KEYWORD:
            new = cleaned_xmp(text, policy)
        else:
            new = _cleaned_profile(keyword.removeprefix(_PROFILE_KEYWORD), text, policy)
    except (ValueError, zlib.error):
        return None
    if new is None:
        return None
    return chunk if new == text else replace(chunk, data=head + (zlib.compress(new) if packed else new))


def _text(chunk: Chunk) -> tuple[bytes, bytes, bool]:
    """A text chunk's head up to the text, the text, and whether it is stored compressed."""
    end = chunk.data.index(b"\x00") + 1
    packed = chunk.kind == b"zTXt"
    if packed:
        end += 1
    elif chunk.kind == b"iTXt":
        packed = chunk.data[end] == 1
        end = chunk.data.index(b"\x00", end + 2) + 1
        end = chunk.data.index(b"\x00", end) + 1
    text = chunk.data[end:]
    return chunk.data[:end], zlib.decompress(text) if packed else text, packed


def _cleaned_profile(kind: bytes, text: bytes, policy: MetadataPolicy) -> bytes | None:
    """ImageMagick's way to put EXIF, XMP and IPTC into text: a name, a length and hexadecimal lines."""
    _, name, _, digits = text.split(b"\n", 3)
    profile = binascii.unhexlify(b"".join(digits.split()))
    new: bytes | None
    if kind in (b"exif", b"APP1", b"app1") and not profile.startswith(b"http"):
        new = cleaned_exif(profile, policy)
    elif kind in (b"xmp", b"APP1", b"app1"):
        new = cleaned_xmp(profile, policy)
    else:
        new = photoshop_resources.without_thumbnails(profile)
    if new is None or new == profile:
        return None if new is None else text
    encoded = binascii.hexlify(new)
    lines = b"".join(encoded[start : start + 72] + b"\n" for start in range(0, len(encoded), 72))
    return b"\n" + name + b"\n" + str(len(new)).rjust(8).encode() + b"\n" + lines
