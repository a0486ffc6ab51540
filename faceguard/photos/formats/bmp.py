"""BMP: colours are put into the old file in place; only palettes and odd depths need a new file."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile

from faceguard.errors import PhotoError
from faceguard.photos.formats.base import Header, PhotoFormat
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import Pixels, Samples

_UNCOMPRESSED, _BITFIELDS, _ALPHA_BITFIELDS = 0, 3, 6


@dataclass(frozen=True)
class _DirectPixels:
    """Uncompressed pixels of 24 or 32 bits.

    Attributes:
        start: Where the rows start in the file.
        step: Bytes per pixel, 3 or 4.
        stride: Bytes per row.
        width: Columns.
        height: Rows; negative where the first row is the top one.
        order: Which bytes of a pixel are red, green and blue.
    """

    start: int
    step: int
    stride: int
    width: int
    height: int
    order: tuple[int, int, int]

    def rows(self, data: bytes | bytearray) -> Pixels:
        """A view of the file's pixels, shape (H, W, bytes per pixel), top row first."""
        count = self.stride * abs(self.height)
        if self.start + count > len(data):
            raise PhotoError(None, f"truncated: {len(data):,} of {self.start + count:,} bytes")
        rows = np.frombuffer(data, np.uint8, count, self.start).reshape(abs(self.height), self.stride)
        pixels = rows[:, : self.width * self.step].reshape(abs(self.height), self.width, self.step)
        return pixels[::-1] if self.height > 0 else pixels


class Bmp(PhotoFormat):
    """BMP files. Palettes and 16-bit pixels become 24-bit RGB or 8-bit grey."""

    name = "BMP"

    def header(self, data: bytes) -> Header:
        """See ``PhotoFormat.header``."""
        direct = _direct_pixels(data)
        if direct is not None:
            direct.rows(data)
            return Header(direct.width, abs(direct.height))
        return Header(*BmpImageFile(io.BytesIO(data)).size)

    def decode(self, data: bytes) -> Samples:
        """See ``PhotoFormat.decode``."""
        direct = _direct_pixels(data)
        if direct is not None:
            return Samples(np.ascontiguousarray(direct.rows(data)[:, :, direct.order]))
        image = BmpImageFile(io.BytesIO(data))
        return Samples(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))

    def encode(self, samples: Samples, data: bytes, policy: MetadataPolicy) -> bytes:
        """See ``PhotoFormat.encode``; BMP files hold no metadata but a colour profile."""
        direct = _direct_pixels(data)
        if direct is not None:
            new = bytearray(data)
            direct.rows(new)[:, :, direct.order] = samples.colour
            return bytes(new)
        dpi = BmpImageFile(io.BytesIO(data)).info.get("dpi", (96, 96))
        encoded = io.BytesIO()
        Image.fromarray(samples.colour).save(encoded, "BMP", dpi=dpi)
        return encoded.getvalue()

    def stripped(self, data: bytes, policy: MetadataPolicy) -> bytes | None:
        """See ``PhotoFormat.stripped``."""
        return data


def _direct_pixels(data: bytes) -> _DirectPixels | None:
    """Where the pixels are, if they are whole bytes of red, green and blue."""

    def number(position: int, size: int = 4, signed: bool = False) -> int:
        return int.from_bytes(data[position : position + size], "little", signed=signed)

    bits, compression = number(28, 2), number(30)
    if number(14) < 40 or len(data) < 54:
        return None
    order: tuple[int, ...]
    if compression == _UNCOMPRESSED and bits in (24, 32):
        order = (2, 1, 0)
    elif compression in (_BITFIELDS, _ALPHA_BITFIELDS) and bits == 32:
        masks = {0xFF << 8 * byte: byte for byte in range(4)}
        order = tuple(masks.get(number(position), -1) for position in (54, 58, 62))
    else:
        return None
    width, height = number(18, signed=True), number(22, signed=True)
    if width < 1 or height == 0 or -1 in order:
        return None
    stride = (width * bits // 8 + 3) // 4 * 4
    return _DirectPixels(number(10), bits // 8, stride, width, height, (order[0], order[1], order[2]))
