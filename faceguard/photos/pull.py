"""Where a perturbation would go on to: which way to round the pixels of a photo it was made for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.photos.orientation import as_stored, box_as_stored

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class PulledPart:
    """A rectangle of a photo.

    Attributes:
        box: (left, top, right, bottom), in pixels, within the photo.
        values: float32 (h, w, 3), RGB, stretched over the box: how much is gained where a pixel's channel
            grows; negative where it should shrink. Only what they are to each other counts.
    """

    box: Box
    values: NDArray[np.float32]

    @cached_property
    def strength(self) -> float:
        """The root mean square of what is gained where all three channels grow, above 0.

        Places where nothing is gained do not count: between faces that share a part there are many.
        """
        gained = self.values.sum(2)
        return max(float(np.sqrt(np.square(gained).sum() / max(np.count_nonzero(gained), 1))), 1e-20)


@dataclass(frozen=True, eq=False)
class Pull:
    """How much is gained where a photo's channels grow, nothing outside of its parts.

    Attributes:
        parts: Rectangles of it; where they overlap, they add up.
        epsilon: The budget that the photo's pixels were moved within, in steps of 255: the smaller, the less
            its rounding may add to that.
    """

    parts: Sequence[PulledPart]
    epsilon: float

    def as_stored(self, size: tuple[int, int], orientation: int) -> Pull:
        """The same for the photo as stored, see `faceguard.photos.orientation`.

        Args:
            size: Height and width of the upright photo.
            orientation: The stored photo's, 1 to 8.
        """
        return Pull(
            [
                PulledPart(box_as_stored(part.box, size, orientation), as_stored(part.values, orientation))
                for part in self.parts
            ],
            self.epsilon,
        )

    def rows(self, top: int, bottom: int, width: int, channels: int = 3) -> NDArray[np.float32]:
        """Some of the photo's rows: a few at a time, as photos are large.

        Args:
            top: The first row.
            bottom: The row behind the last.
            width: How many columns.
            channels: 3, or 1 for a grey photo, whose channels grow together.

        Returns:
            (bottom - top, width, channels); each part's sum over the channels has a mean square of 1 where it
            gains or loses anything.
        """
        rows = np.zeros((bottom - top, width, 3), np.float32)
        for part in self.parts:
            left, upper, right, lower = part.box
            first, last, end = max(top, upper), min(bottom, lower), min(right, width)
            if first < last and left < end:
                rows[first - top : last - top, left:end] += _stretched(part, first, last)[:, : end - left]
        return rows if channels == 3 else rows.sum(2, keepdims=True)


def _stretched(part: PulledPart, first: int, last: int) -> NDArray[np.float32]:
    """Some rows of a part, by their numbers in the photo, at the photo's size: bilinear."""
    left, top, right, bottom = part.box
    height, width = part.values.shape[:2]
    across, down = width / (right - left), height / (bottom - top)
    to_values = np.array([[across, 0, across / 2 - 0.5], [0, down, (first - top + 0.5) * down - 0.5]])
    found = cv2.warpAffine(
        part.values,
        to_values,
        (right - left, last - first),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found / part.strength, np.float32)
