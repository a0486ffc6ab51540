"""What a face detector is; each one is a file of its own beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceguard.faces.face import Face, overlap

SAME_FACE = 0.5  # boxes that overlap by more show one face


class Detector(Protocol):
    """Finds faces in photos.

    Attributes:
        name: What a person types to choose it.
    """

    @property
    def name(self) -> str: ...

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        ...


def merge(faces: Sequence[Face]) -> list[Face]:
    """One face for each group that overlaps by more than half, the surest of it; largest first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(overlap(face, other) <= SAME_FACE for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.size)
