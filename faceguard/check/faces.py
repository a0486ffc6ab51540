"""Which face of a protected photo is which of the original's: a tracker looks for them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.check.same_photo import Matrix
from faceguard.faces.face import Face, overlap

_SAME_PLACE = 0.4  # boxes that overlap by more show the same face


@dataclass(frozen=True, eq=False)
class FacePair:
    """One face in both photos.

    Attributes:
        before: The face in the original.
        expected: The same, brought to where it must be in the protected photo.
        after: The face in the protected photo, as a tracker finds it there; `expected` where it finds none.
        found_before: Whether the detector finds it in the original.
        found_after: Whether it finds it in the protected photo.
    """

    before: Face
    expected: Face
    after: Face
    found_before: bool
    found_after: bool


def face_pairs(
    before: Sequence[Face], after: Sequence[Face], matrix: Matrix, height: int, width: int
) -> list[FacePair]:
    """Pairs the faces of an original with those of its protected version.

    Args:
        before: The faces that the detector finds in the original.
        after: Those it finds in the protected photo.
        matrix: (2, 3): the original's pixel -> the protected photo's.
        height: The protected photo's, in pixels.
        width: The protected photo's.

    Returns:
        A pair for each face that either of them shows, largest first; those that were cropped away are left
        out.
    """
    left = list(after)
    pairs = []
    for face in before:
        expected = moved(face, matrix)
        if not _within(expected, height, width):
            continue
        nearest = max(left, key=lambda other: overlap(expected, other), default=None)
        if nearest is not None and overlap(expected, nearest) > _SAME_PLACE:
            left.remove(nearest)
            pairs.append(FacePair(face, expected, nearest, True, True))
        else:
            pairs.append(FacePair(face, expected, expected, True, False))
    back = inverted(matrix)
    pairs += [FacePair(moved(face, back), face, face, False, True) for face in left]
    return sorted(pairs, key=lambda pair: -pair.after.size)


def moved(face: Face, matrix: Matrix) -> Face:
    """A face where a matrix (2, 3) takes it; its box stays upright and holds all of it."""
    left, top, right, bottom = face.box
    corners = _points(np.array([(left, top), (right, top), (left, bottom), (right, bottom)]), matrix)
    (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
    landmarks = _points(face.landmarks, matrix).astype(np.float32)
    return Face((float(x0), float(y0), float(x1), float(y1)), landmarks, face.score)


def brought(pixels: NDArray[np.uint8], matrix: Matrix, height: int, width: int) -> NDArray[np.uint8]:
    """A photo as it looks where a matrix (2, 3) takes it: uint8 (height, width, 3), reduced by area.

    What it does not cover is grey.
    """
    straight = matrix[0, 1] == 0 and matrix[1, 0] == 0
    if straight and np.allclose(matrix, [[1, 0, 0], [0, 1, 0]]) and pixels.shape[:2] == (height, width):
        return pixels
    covers = np.allclose(_points(np.array([(-0.5, -0.5)]), matrix), -0.5, atol=0.01)
    if straight and covers:
        way = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=way), np.uint8)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
        reduced = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        across, down = pixels.shape[1] / reduced.shape[1], pixels.shape[0] / reduced.shape[0]
        enlarging = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
        pixels, matrix = reduced, matrix @ enlarging
    warped = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127)
    )
    return np.asarray(warped, np.uint8)


def inverted(matrix: Matrix) -> Matrix:
    """The way back of a matrix (2, 3)."""
    return np.asarray(np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2], np.float64)


def _points(points: NDArray[np.floating], matrix: Matrix) -> NDArray[np.float64]:
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def _within(face: Face, height: int, width: int) -> bool:
    """Whether the middle of a face lies in the photo."""
    x, y = face.landmarks.mean(0)
    return bool(-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5)
