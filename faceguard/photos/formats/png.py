"""PNG at 8 and 16 bits per channel, with its chunks."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from faceguard.errors import PhotoError
from faceguard.photos import png_chunks
from faceguard.photos.exif_block import orientation_of
from faceguard.photos.formats.base import Header, PhotoFormat, refuse_animation
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.png_chunks import Chunk
from faceguard.photos.png_metadata import exif_of, with_metadata, without_metadata
from faceguard.photos.samples import SampleArray, Samples

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


class Png(PhotoFormat):
    """PNG files. Palettes become RGB, fewer than 8 bits become 8, a transparent colour becomes alpha.

    The new file is not interlaced.
    """

    name = "PNG"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        chunks = png_chunks.split(data)
        if chunks[0].kind != b"IHDR" or len(chunks[0].data) != 13:
            raise PhotoError(None, "damaged PNG file: it has no header")
        for chunk in chunks:
            if chunk.kind == b"acTL":
                refuse_animation(int.from_bytes(chunk.data[:4], "big"))
        if not any(chunk.kind == b"IDAT" for chunk in chunks):
            raise PhotoError(None, "damaged PNG file: it has no pixels")
        size = chunks[0].data
        block = exif_of(chunks)
        return Header(
            int.from_bytes(size[:4], "big"),
            int.from_bytes(size[4:8], "big"),
            orientation_of(block) if block is not None else 1,
        )

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        chunks = png_chunks.split(data)
        if chunks[0].data[8] == 16:
            return _decode_deep(chunks)
        image: Image.Image = PngImageFile(io.BytesIO(_pixels_only(chunks, b"PLTE", b"tRNS")))
        image.load()
        if "transparency" in image.info or image.mode == "RGBA":
            array = np.asarray(image.convert("RGBA"))
            grey = image.mode in ("1", "L")
            return Samples(array[:, :, 0] if grey else array[:, :, :3], array[:, :, 3])
        if image.mode == "LA":
            array = np.asarray(image)
            return Samples(array[:, :, 0], array[:, :, 1])
        return Samples(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``."""
        array = _interleaved(samples)
        if array.dtype == np.uint16:
            image = png_chunks.pixel_chunks(array, _COLOUR_TYPES[array.shape[2]])
        else:
            encoded = io.BytesIO()
            Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array).save(encoded, "PNG")
            image = png_chunks.with_pixels_in_one(png_chunks.split(encoded.getvalue()))
        return png_chunks.join(with_metadata(image, png_chunks.split(data), policy))

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``."""
        return png_chunks.join(without_metadata(png_chunks.split(data), policy))


def _interleaved(samples: Samples) -> SampleArray:
    """Colour and alpha in one array of shape (H, W, C)."""
    colour = samples.colour[:, :, None] if samples.grey else samples.colour
    if samples.alpha is None:
        return np.ascontiguousarray(colour)
    return np.concatenate([colour, samples.alpha[:, :, None]], axis=2)


def _pixels_only(chunks: list[Chunk], *further: bytes) -> bytes:
    """The PNG without the metadata a decoder could stumble over or apply."""
    return png_chunks.join([c for c in chunks if c.kind in (b"IHDR", b"IDAT", b"IEND", *further)])


def _decode_deep(chunks: list[Chunk]) -> Samples:
    """Decodes 16 bits per channel with OpenCV, as Pillow reduces all but grey to 8."""
    decoded = cv2.imdecode(np.frombuffer(_pixels_only(chunks), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise PhotoError(None, "damaged PNG file: its 16-bit pixels cannot be decoded")
    array: SampleArray = decoded.astype(np.uint16, copy=False)
    colour_type = chunks[0].data[9]
    colour = array if array.ndim == 2 else np.ascontiguousarray(array[:, :, 2::-1])
    if colour_type in (0, 4) and colour.ndim == 3:
        colour = np.ascontiguousarray(colour[:, :, 0])
    if colour_type in (4, 6):
        return Samples(colour, np.ascontiguousarray(array[:, :, 3]))
    key = next((chunk.data for chunk in chunks if chunk.kind == b"tRNS"), None)
    if key is None:
        return Samples(colour)
    transparent = colour == np.frombuffer(key, ">u2")
    if transparent.ndim == 3:
        transparent = transparent.all(axis=2)
    return Samples(colour, np.where(transparent, 0, 65535).astype(np.uint16))
