"""Detections as they are kept in the cache: exact, and nothing but numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.faces.face import Face


@dataclass(frozen=True, eq=False)
class Detections:
    """What was found on one photo.

    Attributes:
        faces: Its faces, largest first.
        height: The photo's height in pixels, after editing.
        width: Its width.
        look: The difference hash of `Sighting.look`.
    """

    faces: tuple[Face, ...]
    height: int
    width: int
    look: bytes

    @staticmethod
    def of(pixels: NDArray[np.uint8], faces: Sequence[Face]) -> Detections:
        """The faces of a photo, uint8 (H, W, 3), with its size and look."""
        return Detections(tuple(faces), pixels.shape[0], pixels.shape[1], difference_hash(pixels))

    def to_bytes(self) -> bytes:
        """As JSON; numbers keep all their digits."""
        values = {
            "size": [self.height, self.width],
            "look": self.look.hex(),
            "faces": [[*face.box, face.score, *face.landmarks.ravel().tolist()] for face in self.faces],
        }
        return json.dumps(values).encode()

    @staticmethod
    def from_bytes(data: bytes) -> Detections:
        """What `to_bytes` wrote."""
        values = json.loads(data)
        height, width = values["size"]
        faces = tuple(_face(numbers) for numbers in values["faces"])
        return Detections(faces, height, width, bytes.fromhex(values["look"]))


def _face(numbers: Sequence[Any]) -> Face:
    left, top, right, bottom, score, *landmarks = numbers
    return Face((left, top, right, bottom), np.array(landmarks, np.float32).reshape(5, 2), score)


def difference_hash(pixels: NDArray[np.uint8]) -> bytes:
    """Whether each of 16 × 16 places is darker than the one to its right: 32 bytes."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, :-1] < small[:, 1:]).tobytes()
