"""The byte level of PNG: chunks, and the filters of its rows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceguard.errors import PhotoError
from faceguard.photos.samples import SampleArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ROWS_AT_ONCE = 128  # keeps the filters' intermediate arrays small


@dataclass(frozen=True)
class Chunk:
    """One PNG chunk.

    Attributes:
        kind: Its four letters.
        data: Its content, without length and checksum.
    """

    kind: bytes
    data: bytes

    @property
    def is_ancillary(self) -> bool:
        """Whether a reader may skip it."""
        return bool(self.kind[0] & 0x20)

    @property
    def is_safe_to_copy(self) -> bool:
        """Whether it stays right when the pixels change."""
        return bool(self.kind[3] & 0x20)

    def encoded(self) -> bytes:
        """The chunk as it stands in a file."""
        body = self.kind + self.data
        return len(self.data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def split(data: bytes) -> list[Chunk]:
    """Splits a PNG file into its chunks.

    Args:
        data: The file's bytes.

    Returns:
        All chunks up to IEND; what follows it is left out.

    Raises:
        PhotoError: The file ends before IEND, or a chunk that is needed for the pixels is damaged.
    """
    chunks: list[Chunk] = []
    position = len(SIGNATURE)
    while True:
        length = int.from_bytes(data[position : position + 4], "big")
        chunk = Chunk(data[position + 4 : position + 8], data[position + 8 : position + 8 + length])
        checksum = data[position + 8 + length : position + 12 + length]
        if len(checksum) < 4:
            raise PhotoError(None, "truncated: the PNG file has no end")
        if not chunk.is_ancillary and zlib.crc32(chunk.kind + chunk.data) != int.from_bytes(checksum, "big"):
            raise PhotoError(None, f"damaged PNG file: wrong checksum in {chunk.kind.decode('latin-1')}")
        chunks.append(chunk)
        if chunk.kind == b"IEND":
            return chunks
        position += 12 + length


def with_pixels_in_one(chunks: list[Chunk]) -> list[Chunk]:
    """The same with a single IDAT, so that the same photo gives the same file.

    Into how many Pillow cuts it hangs on a setting of the whole process that changes while JPEGs are encoded.
    """
    pixels = Chunk(b"IDAT", b"".join(chunk.data for chunk in chunks if chunk.kind == b"IDAT"))
    first = [chunk.kind for chunk in chunks].index(b"IDAT")
    return [*chunks[:first], pixels, *(chunk for chunk in chunks[first:] if chunk.kind != b"IDAT")]


def join(chunks: list[Chunk]) -> bytes:
    """Puts a PNG file together from its chunks."""
    return SIGNATURE + b"".join(chunk.encoded() for chunk in chunks)


def pixel_chunks(samples: SampleArray, colour_type: int) -> list[Chunk]:
    """Encodes samples as a PNG header and image data.

    Args:
        samples: uint8 or uint16, shape (H, W, C).
        colour_type: PNG's number for C channels: 0 grey, 2 RGB, 4 grey with alpha, 6 RGB with alpha.

    Returns:
        IHDR, IDAT and IEND.
    """
    height, width, channels = samples.shape
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    header += bytes([8 * samples.itemsize, colour_type, 0, 0, 0])
    compressor = zlib.compressobj(6)
    above = np.zeros((1, width * channels * samples.itemsize), np.uint8)
    packed = []
    for start in range(0, height, _ROWS_AT_ONCE):
        part = samples[start : start + _ROWS_AT_ONCE]
        stored = np.ascontiguousarray(part.astype(part.dtype.newbyteorder(">"), copy=False))
        rows = stored.reshape(len(part), -1).view(np.uint8)
        packed.append(compressor.compress(_filtered(rows, above, channels * samples.itemsize).tobytes()))
        above = rows[-1:]
    packed.append(compressor.flush())
    return [Chunk(b"IHDR", header), Chunk(b"IDAT", b"".join(packed)), Chunk(b"IEND", b"")]


def _filtered(rows: npt.NDArray[np.uint8], before: npt.NDArray[np.uint8], step: int) -> npt.NDArray[np.uint8]:
    """Rows with their filter byte in front, each with the filter of the smallest absolute sum.

    Args:
        rows: Shape (N, bytes per row).
        before: The row before the first one, shape (1, bytes per row).
        step: Bytes per pixel.
    """
    above = np.concatenate([before, rows[:-1]])
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:] = rows[:, :-step]
    corner[:, step:] = above[:, :-step]
    best = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    smallest = np.full(rows.shape[0], np.iinfo(np.int64).max)
    for number, guess in ((0, 0), (1, left), (2, above), (4, _paeth(left, above, corner))):
        residue = rows - guess
        cost = np.abs(residue.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        better = cost < smallest
        best[better, 0] = number
        best[better, 1:] = residue[better]
        smallest = np.minimum(smallest, cost)
    return best


def _paeth(
    left: npt.NDArray[np.uint8], above: npt.NDArray[np.uint8], corner: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    a, b, c = (side.astype(np.int16) for side in (left, above, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    return np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, above, corner))
