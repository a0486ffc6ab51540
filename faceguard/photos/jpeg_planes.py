"""How a JPEG holds a photo: as planes of brightness and colour, in blocks of cosine coefficients.

ITU-T T.81, A.3, and the colours of JFIF (ITU-T T.871, section 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

SIDE = 8  # values: a block's
LUMINANCE = (0.299, 0.587, 0.114)  # of RGB
BLUE_DIFFERENCE = (-0.168736, -0.331264, 0.5)
RED_DIFFERENCE = (0.5, -0.418688, -0.081312)
_COSINES = np.asarray(cv2.dct(np.eye(SIDE, dtype=np.float32), flags=cv2.DCT_ROWS), np.float32).T


@dataclass(frozen=True, eq=False)
class Plane:
    """One of a JPEG's planes. A photo's pixels have C channels: three, or one if it is grey.

    Attributes:
        steps: float32 (8, 8): the quantisation table; coefficients are whole multiples of these.
        weights: (C,): how much of each channel the plane holds.
        colour: (C,): what a plane's step of 1 adds to each channel.
        shared: The rows and columns of pixels that have one value of the plane together.
    """

    steps: Values
    weights: Sequence[float]
    colour: Sequence[float]
    shared: tuple[int, int] = (1, 1)

    @property
    def extent(self) -> tuple[int, int]:
        """The rows and columns of pixels that a block covers."""
        return SIDE * self.shared[0], SIDE * self.shared[1]

    def seen(self) -> float:
        """The energy that a block's energy of 1 has in a photo's channels, on average."""
        return self.shared[0] * self.shared[1] * float(np.mean(np.square(self.colour)))

    def blocks(self, tiles: NDArray[Any]) -> Values:
        """The plane's values, as blocks.

        Args:
            tiles: (B, h, w, C), pixels of whole blocks.

        Returns:
            (B, rows, columns, 8, 8), for as many blocks as cover a tile.
        """
        return _split(self._pooled(tiles @ np.array(self.weights, np.float32)), (SIDE, SIDE))

    def gains(self, tiles: Values) -> Values:
        """What each of the plane's values gains in growing by 1, (B, rows, columns, 8, 8), as `blocks`.

        Args:
            tiles: float32 (B, h, w, C): what each pixel's channel gains in growing by 1.
        """
        every = self.shared[0] * self.shared[1]
        return every * _split(self._pooled(tiles @ np.array(self.colour, np.float32)), (SIDE, SIDE))

    def pixels(self, blocks: Values) -> Values:
        """What a change of the plane's values adds to pixels, (B, h, w, C).

        Args:
            blocks: (B, rows, columns, 8, 8).
        """
        tiles, rows, columns = blocks.shape[:3]
        values = blocks.swapaxes(2, 3).reshape(tiles, rows * SIDE, columns * SIDE)
        spread = values.repeat(self.shared[0], 1).repeat(self.shared[1], 2)
        return np.asarray(spread[..., None] * np.array(self.colour, np.float32), np.float32)

    def per_block(self, tiles: NDArray[Any]) -> NDArray[Any]:
        """Values (B, h, w) by the blocks that cover them: (B, rows, columns, pixels)."""
        split = _split(tiles, self.extent)
        return np.asarray(split.reshape(*split.shape[:3], -1))

    def _pooled(self, values: NDArray[Any]) -> NDArray[Any]:
        rows, columns = self.shared
        # Slices: a mean over an axis of two takes several times as long.
        parts = [values[:, row::rows, column::columns] for row in range(rows) for column in range(columns)]
        return np.asarray(sum(parts[1:], parts[0]) / np.float32(len(parts)))


def planes_of(tables: Sequence[Sequence[int]], shared: tuple[int, int], grey: bool) -> list[Plane]:
    """The planes of a JPEG, luminance first.

    Args:
        tables: A quantisation table of 64 steps for each plane; the last one serves the planes after it, too.
        shared: The rows and columns of pixels that have one colour together.
        grey: It has luminance alone.
    """
    each = [np.array(table, np.float32).reshape(SIDE, SIDE) for table in tables]
    if grey:
        return [Plane(each[0], (1.0,), (1.0,))]
    return [
        Plane(each[0], LUMINANCE, (1.0, 1.0, 1.0)),
        Plane(each[min(1, len(each) - 1)], BLUE_DIFFERENCE, (0.0, -0.344136, 1.772), shared),
        Plane(each[-1], RED_DIFFERENCE, (1.402, -0.714136, 0.0), shared),
    ]


def coefficients(blocks: Values) -> Values:
    """The cosine transform of blocks (..., 8, 8)."""
    return np.asarray(_COSINES @ blocks @ _COSINES.T, np.float32)


def values_of(transformed: Values) -> Values:
    """The blocks (..., 8, 8) whose cosine transforms these are."""
    return np.asarray(_COSINES.T @ transformed @ _COSINES, np.float32)


def _split(tiles: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """(B, h, w) as (B, rows, columns, *size)."""
    number, height, width = tiles.shape
    rows, columns = size
    return tiles.reshape(number, height // rows, rows, width // columns, columns).swapaxes(2, 3)
