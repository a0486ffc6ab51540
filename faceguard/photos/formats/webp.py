"""WebP: lossy stays lossy, lossless stays lossless."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from faceguard.errors import PhotoError
from faceguard.photos import webp_chunks
from faceguard.photos.exif_block import orientation_of
from faceguard.photos.formats.base import Header, PhotoFormat, refuse_animation
from faceguard.photos.formats.quality_search import encode_near_size
from faceguard.photos.metadata_cleaning import cleaned_exif, cleaned_xmp
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import Samples
from faceguard.photos.webp_chunks import Chunk


class WebP(PhotoFormat):
    """WebP files. A lossy file does not tell its quality: the new one is chosen by file size."""

    name = "WebP"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        chunks = webp_chunks.split(data)
        frames = sum(chunk.kind == b"ANMF" for chunk in chunks)
        if frames:
            refuse_animation(frames)
        width, height = _size(chunks)
        canvas = next((chunk.data[4:10] for chunk in chunks if chunk.kind == b"VP8X"), None)
        if canvas not in (None, (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")):
            raise PhotoError(None, "damaged WebP file: its header gives another size than its pixels")
        block = next((chunk.data for chunk in chunks if chunk.kind == b"EXIF"), None)
        return Header(width, height, orientation_of(block) if block is not None else 1)

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        image = WebPImageFile(io.BytesIO(data))
        array = np.asarray(image)
        if image.mode == "RGBA":
            return Samples(np.ascontiguousarray(array[:, :, :3]), np.ascontiguousarray(array[:, :, 3]))
        return Samples(array)

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        array = samples.view()
        if samples.alpha is not None:
            array = np.dstack([array, samples.alpha.astype(np.uint8, copy=False)])
        image = Image.fromarray(array)
        source = webp_chunks.split(data)
        pixels = [chunk for chunk in source if chunk.kind in webp_chunks.IMAGE]
        if any(chunk.kind == b"VP8L" for chunk in pixels):
            encoded = _encode(image, lossless=True, quality=80)
        else:
            metadata = len(data) - sum(len(chunk.data) for chunk in pixels)
            encoded = encode_near_size(
                lambda quality: _encode(image, lossless=False, quality=quality), len(data) - metadata
            )
        new = [chunk for chunk in webp_chunks.split(encoded) if chunk.kind in webp_chunks.IMAGE]
        height, width = array.shape[:2]
        return webp_chunks.join(_with_metadata(new, source, policy), width, height, samples.alpha is not None)

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``."""
        source = webp_chunks.split(data)
        pixels = [chunk for chunk in source if chunk.kind in webp_chunks.IMAGE]
        width, height = _size(source)
        has_alpha = WebPImageFile(io.BytesIO(data)).mode == "RGBA"
        return webp_chunks.join(_with_metadata(pixels, source, policy), width, height, has_alpha)


def _encode(image: Image.Image, *, lossless: bool, quality: int) -> bytes:
    encoded = io.BytesIO()
    # "exact" keeps the colour under transparent pixels.
    image.save(encoded, "WEBP", lossless=lossless, quality=quality, exact=True)
    return encoded.getvalue()


def _with_metadata(pixels: list[Chunk], source: list[Chunk], policy: MetadataPolicy) -> list[Chunk]:
    """The image between the chunks that stood before and after it in the source."""
    first = next(index for index, chunk in enumerate(source) if chunk.kind in webp_chunks.IMAGE)
    before, after = _carried(source[:first], policy), _carried(source[first:], policy)
    return [*before, *pixels, *after]


def _carried(chunks: list[Chunk], policy: MetadataPolicy) -> list[Chunk]:
    carried = []
    for chunk in chunks:
        if chunk.kind in webp_chunks.IMAGE or chunk.kind == b"VP8X":
            continue
        data: bytes | None = chunk.data
        if chunk.kind == b"EXIF":
            data = cleaned_exif(data, policy)
        elif chunk.kind == b"XMP ":
            data = cleaned_xmp(data, policy)
        elif chunk.kind != b"ICCP" and policy is MetadataPolicy.STRIP_ALL:
            data = None
        if data is not None:
            carried.append(Chunk(chunk.kind, data))
    return carried


def _size(chunks: list[Chunk]) -> tuple[int, int]:
    """Columns and rows, from the image chunk itself."""
    for chunk in chunks:
        if chunk.kind == b"VP8 " and len(chunk.data) >= 10:
            numbers = (int.from_bytes(chunk.data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
            return next(numbers), next(numbers)
        if chunk.kind == b"VP8L" and len(chunk.data) >= 5:
            bits = int.from_bytes(chunk.data[1:5], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise PhotoError(None, "damaged WebP file: it has no pixels")
