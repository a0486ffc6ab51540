"""Averages over rectangles of a picture, many at a time, from one table of its sums.

The table (Crow 1984, "Summed-area tables for texture mapping") costs the picture once; after it an average
costs four look-ups, however many pixels it covers. A pixel of a reduced picture covers all pixels that its
square touches, each in full, as PyTorch's `interpolate(mode="area")` has it: what MTCNN is used to.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_MIDDLE = 127.5
_SPREAD = 128.0
_ROWS = 32  # rows and boxes that are summed at a time, so that they stay in the processor's cache
_BOXES = 32

Indices = NDArray[np.intp]


class AreaTable:
    """Reduced copies and cut-outs of a picture, as the networks of MTCNN are shown them.

    Args:
        picture: uint8 (H, W, 3), RGB, of at most 8.4 megapixels, beyond which the sums overflow.
    """

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self.height, self.width = picture.shape[:2]
        self._sums: NDArray[np.int32] = np.asarray(cv2.integral(picture, sdepth=cv2.CV_32S), np.int32)

    def reduced(
        self, height: int, width: int, rows: tuple[int, int], columns: tuple[int, int]
    ) -> NDArray[np.float32]:
        """A part of the picture brought to a size.

        Args:
            height: Of the whole reduced picture.
            width: The same.
            rows: The part's first row in the reduced picture, and the one after its last.
            columns: The same of its columns.

        Returns:
            float32 (rows, columns, 3), from -1 to 1.
        """
        top, bottom = _cells(np.arange(*rows), self.height, height)
        left, right = _cells(np.arange(*columns), self.width, width)
        first, last = left[0], right[-1] + 1
        values = np.empty((len(top), len(left), 3), np.float32)
        for start in range(0, len(top), _ROWS):
            part = slice(start, start + _ROWS)
            bands = self._sums[bottom[part], first:last]
            bands -= self._sums[top[part], first:last]
            sums = np.take(bands, right - first, axis=1)
            sums -= np.take(bands, left - first, axis=1)
            values[part] = _centred(sums, bottom[part] - top[part], right - left)
        return values

    def cut(self, boxes: Indices, side: int) -> NDArray[np.float32]:
        """Boxes cut out and brought to squares.

        Args:
            boxes: (N, 4) as left, top, right, bottom within the picture; right and bottom are the first
                pixels outside, and at least one more than left and top.
            side: Of the squares, in pixels.

        Returns:
            float32 (N, side, side, 3), from -1 to 1.
        """
        values = np.empty((len(boxes), side, side, 3), np.float32)
        cells = np.arange(side)
        for start in range(0, len(boxes), _BOXES):
            part = slice(start, start + _BOXES)
            left, top, right, bottom = boxes[part].T[:, :, None]
            near, far = (left + edges for edges in _cells(cells, right - left, side))
            high, low = (top + edges for edges in _cells(cells, bottom - top, side))
            sums = self._at(low, far)
            sums -= self._at(low, near)
            sums -= self._at(high, far)
            sums += self._at(high, near)
            values[part] = _centred(sums, low - high, far - near)
        return values

    def _at(self, rows: Indices, columns: Indices) -> NDArray[np.int32]:
        """The sums at each row's crossing with each column: (N, R) and (N, C) to (N, R, C, 3)."""
        places = (rows * (self.width + 1))[:, :, None] + columns[:, None]
        return np.asarray(np.take(self._sums.reshape(-1, 3), places, axis=0))


def _cells(cells: Indices, length: int | Indices, count: int) -> tuple[Indices, Indices]:
    """Where cells of a length that is parted in `count` begin and end; neighbours may share a pixel."""
    return cells * length // count, -(-(cells + 1) * length // count)


def _centred(sums: NDArray[np.int32], heights: Indices, widths: Indices) -> NDArray[np.float32]:
    """Averages, -1 to 1, from sums of cells (..., R, C, 3), heights (..., R) and widths (..., C)."""
    # Channels and columns as one axis: NumPy is slow along axes as short as three.
    values = sums.reshape(*sums.shape[:-2], -1).astype(np.float32)
    values *= np.repeat(1 / widths, 3, axis=-1).astype(np.float32)[..., None, :]
    values *= (1 / (heights * _SPREAD)).astype(np.float32)[..., None]
    values -= np.float32(_MIDDLE / _SPREAD)
    return values.reshape(sums.shape)
