"""The samples of a TIFF file at their full depth.

Pillow reduces most 16-bit layouts to 8 bits and undoes premultiplied alpha. So libtiff is only asked to
(de)compress here: the rows are declared to it as bytes of an 8-bit grey image, and what the bytes mean
is worked out from the tags.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from faceguard.errors import PhotoError
from faceguard.photos import tiff_tags as tags
from faceguard.photos.samples import SampleArray
from faceguard.photos.tiff_directories import TiffDirectories

COMPRESSIONS = {
    1: "raw",
    5: "tiff_lzw",
    8: "tiff_adobe_deflate",
    32946: "tiff_adobe_deflate",
    32773: "packbits",
    34925: "lzma",
    50000: "zstd",
}
_COLOURS = {tags.WHITE_IS_ZERO: 1, tags.BLACK_IS_ZERO: 1, tags.RGB: 3, tags.CMYK: 4}
_HORIZONTAL = 2


@dataclass(frozen=True)
class Layout:
    """How a TIFF file stores its samples.

    Attributes:
        width: Columns.
        height: Rows.
        bits: Per sample.
        samples: Per pixel.
        photometric: 0 or 1 for grey, 2 for RGB, 5 for CMYK.
        compression: TIFF's number for it.
        predictor: 1 for none, 2 for differences along the row.
        planar: 1 where the samples of a pixel stand together, 2 where every sample has its own plane.
        sample_format: 1 for unsigned integers, 2 for signed ones, 3 for floating point.
        fill_order: 1 where the high bit comes first.
        order: "little" or "big", of the bytes of a sample.
    """

    width: int
    height: int
    bits: int
    samples: int
    photometric: int
    compression: int
    predictor: int
    planar: int
    sample_format: int
    fill_order: int
    order: str

    @classmethod
    def of(cls, file: TiffDirectories) -> Layout:
        """Reads the layout from a file's first directory."""

        def value(tag: int, default: int) -> int:
            found = file.values(file.first, tag)
            return found[0] if found else default

        return cls(
            width=value(tags.WIDTH, 0),
            height=value(tags.HEIGHT, 0),
            bits=max(file.values(file.first, tags.BITS) or [1]),
            samples=value(tags.SAMPLES_PER_PIXEL, 1),
            photometric=value(tags.PHOTOMETRIC, 0),
            compression=value(tags.COMPRESSION, 1),
            predictor=value(tags.PREDICTOR, 1),
            planar=value(tags.PLANAR, 1),
            sample_format=max(file.values(file.first, tags.SAMPLE_FORMAT) or [1]),
            fill_order=value(tags.FILL_ORDER, 1),
            order=file.order,
        )

    @property
    def colours(self) -> int:
        """How many of a pixel's samples are colour: 1, 3 or 4; 0 for palettes and the like."""
        return _COLOURS.get(self.photometric, 0)

    @property
    def is_direct(self) -> bool:
        """Whether every sample is a whole number of bytes and stored without loss."""
        return (
            self.bits in (8, 16)
            and self.compression in COMPRESSIONS
            and 0 < self.colours <= self.samples
            and self.predictor in (1, _HORIZONTAL)
            and self.fill_order == 1
        )

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The type of a stored sample, with its byte order."""
        return np.dtype("u1" if self.bits == 8 else ("<u2" if self.order == "little" else ">u2"))


def read_samples(file: TiffDirectories, layout: Layout) -> SampleArray:
    """Decodes all samples of a file whose layout is direct.

    Args:
        file: The whole TIFF file.
        layout: Its layout.

    Returns:
        uint8 or uint16, shape (H, W, samples per pixel), as stored.
    """
    planes = layout.samples if layout.planar == 2 else 1
    per_pixel = layout.samples // planes
    read = [_read_plane(file, layout, plane, planes, per_pixel) for plane in range(planes)]
    return read[0] if planes == 1 else np.concatenate(read, axis=2)


def packed_rows(samples: SampleArray, layout: Layout) -> npt.NDArray[np.uint8]:
    """The bytes of rows as they go into a compressor, all samples of a pixel together.

    Args:
        samples: uint8 or uint16, shape (H, W, samples per pixel).
        layout: The layout to write; its predictor and byte order count.

    Returns:
        Shape (H, bytes per row).
    """
    rows = samples
    if layout.predictor == _HORIZONTAL:
        rows = samples.copy()
        rows[:, 1:] -= samples[:, :-1]
    stored = rows.astype(layout.dtype, copy=False)
    return np.ascontiguousarray(stored).reshape(len(samples), -1).view(np.uint8)


def compressed(rows: npt.NDArray[np.uint8], compression: int) -> bytes:
    """A small little-endian TIFF file of bytes as 8-bit grey pixels, for its strips.

    Args:
        rows: Shape (H, bytes per row).
        compression: TIFF's number for it.

    Returns:
        The file's bytes.
    """
    encoded = io.BytesIO()
    # Small strips, as they have to fit into the gaps the old ones leave.
    strip = max(min(1 << 16, rows.size // 16), rows.shape[1])
    Image.fromarray(rows).save(encoded, "TIFF", compression=COMPRESSIONS[compression], strip_size=strip)
    return encoded.getvalue()


def _read_plane(
    file: TiffDirectories, layout: Layout, plane: int, planes: int, per_pixel: int
) -> SampleArray:
    """Decodes one plane, shape (H, W, per_pixel)."""
    pixel_bytes = per_pixel * layout.bits // 8
    tile_width = file.values(file.first, tags.TILE_WIDTH)
    numbers = {
        tags.WIDTH: [layout.width * pixel_bytes],
        tags.HEIGHT: [layout.height],
        tags.BITS: [8],
        tags.COMPRESSION: [layout.compression],
        tags.PHOTOMETRIC: [tags.BLACK_IS_ZERO],
        tags.SAMPLES_PER_PIXEL: [1],
    }
    if tile_width:
        numbers[tags.TILE_WIDTH] = [tile_width[0] * pixel_bytes]
        numbers[tags.TILE_HEIGHT] = file.values(file.first, tags.TILE_HEIGHT)
        chunk_tags = (tags.TILE_OFFSETS, tags.TILE_LENGTHS)
    else:
        numbers[tags.ROWS_PER_STRIP] = file.values(file.first, tags.ROWS_PER_STRIP) or [layout.height]
        chunk_tags = (tags.STRIP_OFFSETS, tags.STRIP_LENGTHS)
    for tag in chunk_tags:
        chunks = file.values(file.first, tag)
        share = len(chunks) // planes
        numbers[tag] = chunks[plane * share : (plane + 1) * share]
        if not numbers[tag]:
            raise PhotoError(None, "damaged TIFF file: it has no pixels")
    rows = np.asarray(TiffImageFile(io.BytesIO(_with_directory(file, numbers))))
    stored = np.ascontiguousarray(rows).view(layout.dtype).reshape(layout.height, layout.width, per_pixel)
    samples = stored.astype(stored.dtype.newbyteorder("="))
    if layout.predictor == _HORIZONTAL:
        step = tile_width[0] if tile_width else layout.width
        for start in range(0, layout.width, step):
            block = samples[:, start : start + step]
            np.cumsum(block, axis=1, dtype=samples.dtype, out=block)
    return samples.astype(np.uint8 if layout.bits == 8 else np.uint16, copy=False)


def _with_directory(file: TiffDirectories, numbers: dict[int, list[int]]) -> bytes:
    """The file's bytes with another first directory, made of 32-bit numbers, at their end."""
    data = bytearray(file.data)
    entries = bytearray()
    for tag in sorted(numbers):
        values = b"".join(number.to_bytes(4, file.order) for number in numbers[tag])
        if len(values) > 4:
            data += bytes(len(data) % 2)
            pointer = len(data).to_bytes(4, file.order)
            data += values
        else:
            pointer = values
        entries += tag.to_bytes(2, file.order) + (4).to_bytes(2, file.order)
        entries += len(numbers[tag]).to_bytes(4, file.order) + pointer
    data += bytes(len(data) % 2)
    data[4:8] = len(data).to_bytes(4, file.order)
    return bytes(data + len(numbers).to_bytes(2, file.order) + entries + bytes(4))
