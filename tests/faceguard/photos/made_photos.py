"""Synthetic photos and metadata for the tests of faceguard.photos."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import skimage.data
from PIL import Image, ImageCms

Pixels = npt.NDArray[np.uint8]
ICC_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF><rdf:Description xmp:Rating="4" exif:GPSLatitude="52,30N" exif:GPSAltitude=\'3/1\'>'
    b"<dc:title>A title</dc:title><exif:GPSLongitude>13,24E</exif:GPSLongitude>"
    b"<xmp:Thumbnails><rdf:Alt><rdf:li>PREVIEWDATA</rdf:li></rdf:Alt></xmp:Thumbnails>"
    b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def scene(height: int = 64, width: int = 80) -> Pixels:
    """A small part of a real photo, RGB."""
    return np.ascontiguousarray(skimage.data.astronaut()[:height, 150 : 150 + width])


def large_scene(side: int = 1000) -> Pixels:
    """A photo-like picture of ``side`` pixels with some sensor noise, RGB."""
    picture = np.asarray(Image.fromarray(skimage.data.astronaut()).resize((side, side)), np.int16)
    noise = np.random.default_rng(1).normal(0, 2, picture.shape).round().astype(np.int16)
    return (picture + noise).clip(0, 255).astype(np.uint8)


def jpeg_preview(colour: tuple[int, int, int] = (200, 30, 60)) -> bytes:
    """A tiny JPEG picture, as cameras embed them."""
    encoded = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(encoded, "JPEG")
    return encoded.getvalue()


def saved(image: Image.Image | Pixels, path: Path, **options: Any) -> Path:
    """Saves an image with Pillow."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(path, **options)
    return path


def exif_block(
    orientation: int = 1, order: str = "little", gps: bool = True, thumbnail: bool = True
) -> bytes:
    """An EXIF block with a maker note at a fixed offset, a preview in it, GPS and a thumbnail."""

    def integer(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little" if order == "little" else "big")

    def directory(at: int, entries: list[tuple[int, int, int, bytes]], following: int = 0) -> bytes:
        head, body = integer(len(entries), 2), b""
        start = at + 2 + 12 * len(entries) + 4
        for tag, kind, count, value in entries:
            head += integer(tag, 2) + integer(kind, 2) + integer(count, 4)
            if len(value) <= 4:
                head += value.ljust(4, b"\x00")
            else:
                head += integer(start + len(body), 4)
                body += value + bytes(len(value) % 2)
        return head + integer(following, 4) + body

    block = b""
    note = b"MAKERNOTE" + jpeg_preview((1, 2, 3)) + b"AFTERWARDS"
    exif_at = 8
    block += directory(exif_at, [(0x9003, 2, 20, b"2020:01:02 03:04:05\x00"), (0x927C, 7, len(note), note)])
    block += bytes(len(block) % 2)
    gps_at = 8 + len(block)
    if gps:
        degrees = b"".join(integer(number, 4) for number in (52, 1, 30, 1, 7777, 100))
        block += directory(gps_at, [(1, 2, 2, b"N\x00"), (2, 5, 3, degrees)])
    thumbnail_at = 8 + len(block)
    if thumbnail:
        preview = jpeg_preview()
        picture_at = thumbnail_at + 2 + 3 * 12 + 4
        entries = [
            (0x0103, 3, 1, integer(6, 2)),
            (0x0201, 4, 1, integer(picture_at, 4)),
            (0x0202, 4, 1, integer(len(preview), 4)),
        ]
        block += directory(thumbnail_at, entries) + preview + bytes(len(preview) % 2)
    first_at = 8 + len(block)
    entries = [
        (0x010F, 2, 10, b"TheCamera\x00"),
        (0x0112, 3, 1, integer(orientation, 2)),
        (0x011A, 5, 1, integer(72, 4) + integer(1, 4)),
        (0x8769, 4, 1, integer(exif_at, 4)),
    ]
    if gps:
        entries.append((0x8825, 4, 1, integer(gps_at, 4)))
    block += directory(first_at, entries, thumbnail_at if thumbnail else 0)
    magic = b"II\x2a\x00" if order == "little" else b"MM\x00\x2a"
    return magic + integer(first_at, 4) + block


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def with_png_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Puts chunks behind the header of a PNG file."""
    return png[:33] + b"".join(chunks) + png[33:]


def segment(marker: int, payload: bytes) -> bytes:
    """One JPEG segment."""
    return b"\xff" + bytes([marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Puts segments behind the start of a JPEG file."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def sixteen_bit(height: int = 40, width: int = 50, channels: int = 3) -> npt.NDArray[np.uint16]:
    """Full-range 16-bit samples whose low bytes matter; shape (H, W) for one channel."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    samples = np.random.default_rng(channels).integers(0, 65536, shape, dtype=np.uint16)
    samples.flat[:4] = 0, 65535, 1, 65534
    return samples


def marked(pixels: Pixels, grey: bool) -> Pixels:
    """A copy of upright pixels with a changed rectangle, within the value range."""
    changed = pixels.copy()
    part = changed[8:20, 10:26].astype(np.int16)
    part += np.where(part > 127, -9, 9).astype(np.int16)
    changed[8:20, 10:26] = part.astype(np.uint8)
    if grey:
        changed[...] = changed[:, :, :1]
    return changed
