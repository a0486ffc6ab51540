"""A photo at a glance: small enough to hold a whole album of them, and enough to tell photos apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.photos import read_photo

_SIDE = 320  # pixels: a glance's longer side at most
_GIST_SIDE = 32
_POINTS = 400  # of a glance, at most

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Glance:
    """A photo reduced.

    Attributes:
        name: Its path below the folder it was found in, with forward slashes.
        path: The file.
        width: The photo's, upright, in pixels.
        height: The photo's.
        grey: uint8 (h, w), upright, 320 pixels at the longer side at most.
    """

    name: str
    path: Path
    width: int
    height: int
    grey: NDArray[np.uint8]

    @cached_property
    def gist(self) -> Floats:
        """(1024,), of unit length and mean 0: the photo squeezed into 32 × 32 pixels.

        The product of two gists is their correlation.
        """
        small = cv2.resize(self.grey, (_GIST_SIDE, _GIST_SIDE), interpolation=cv2.INTER_AREA)
        values = small.astype(np.float32).ravel()
        values -= values.mean()
        return np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), np.float32)

    @cached_property
    def points(self) -> tuple[Floats, Floats]:
        """Where its SIFT features are, (N, 2) as (x, y), and what they look like, (N, 128) (Lowe 2004)."""
        found, looks = cv2.SIFT.create(_POINTS).detectAndCompute(self.grey, None)
        if looks is None:
            return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
        return np.array([point.pt for point in found], np.float32), np.asarray(looks, np.float32)

    @property
    def scale(self) -> tuple[float, float]:
        """How many of its own pixels a pixel of the photo is, across and down."""
        height, width = self.grey.shape
        return width / self.width, height / self.height


def glance(path: Path, name: str, max_pixels: int) -> Glance:
    """Reads a photo and reduces it.

    Raises:
        PhotoError: It cannot be read.
    """
    photo = read_photo(path, max_pixels)
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Glance(name, path, width, height, small)
