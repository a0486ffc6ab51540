"""A face in a photo: where it is, where its five landmarks are, and how sure the detector was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceguard.faces.choice import Choice


@dataclass(frozen=True, eq=False)
class Face:
    """A detected face, in photo pixels; pixel (0, 0) is the centre of the upper left pixel.

    Attributes:
        box: (left, top, right, bottom); may leave the photo where the face does.
        landmarks: (5, 2) float32, as (x, y): left eye, right eye, nose, left and right mouth corner, where
            left is the image's left.
        score: How sure the detector is, 0..1.
        choice: Whether it is to be protected, where only some people's faces are; None where all are.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float
    choice: Choice | None = None

    def __post_init__(self) -> None:
        if self.landmarks.shape != (5, 2):
            raise ValueError(f"a face has landmarks (5, 2), not {self.landmarks.shape}")

    @property
    def is_chosen(self) -> bool:
        """Whether it is to be protected."""
        return self.choice is None or self.choice.protect

    @property
    def size(self) -> float:
        """The longer side of the box, in pixels."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    def moved(self, scale: float, dx: float, dy: float) -> Face:
        """The same face after the photo was scaled and then shifted (pixel centres kept in place)."""

        def move(x: float, offset: float) -> float:
            return (x + 0.5) * scale - 0.5 + offset

        left, top, right, bottom = self.box
        landmarks = (self.landmarks + 0.5) * scale - 0.5 + np.array([dx, dy])
        return replace(
            self,
            box=(move(left, dx), move(top, dy), move(right, dx), move(bottom, dy)),
            landmarks=landmarks.astype(np.float32),
        )


def overlap(first: Face, second: Face) -> float:
    """How much of the smaller of two boxes lies in the other, 0..1."""
    left, top = max(first.box[0], second.box[0]), max(first.box[1], second.box[1])
    right, bottom = min(first.box[2], second.box[2]), min(first.box[3], second.box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first.box, second.box))
    return shared / smaller if smaller > 0 else 0.0
