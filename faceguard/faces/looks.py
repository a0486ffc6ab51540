"""Two looks at a photo, for detectors that see faces of some sizes only.

One is small and with a wide border, where faces that fill or leave the frame are found; the other is large,
where small ones are.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.faces.detector import SAME_FACE, merge
from faceguard.faces.face import Face, overlap

_NEAR_SIDE = 256  # pixels: the small look's longer side, without its border
_FAR_SIDE = 1280  # pixels: the large look's longer side at most
_NEAR_BORDER = 0.5  # shares of the longer side
_FAR_BORDER = 0.05
_LEAST_BORDER = 20  # pixels
_BORDER_COLOUR = (127, 127, 127)  # what the networks see as about zero
_FILLING = 1 / 3  # a face of this share of the photo's longer side is best seen in the small look

Look = Callable[[NDArray[np.uint8], float], list[Face]]
"""Faces in a uint8 picture (H, W, 3), RGB, in its own pixels; the number is its scale, at most 1."""


def two_looks(photo: NDArray[np.uint8], look: Look, min_face: float) -> list[Face]:
    """The faces that both looks together find, in photo pixels, largest first.

    Args:
        photo: Upright uint8 (H, W, 3), RGB, of any size.
        look: What finds faces in a scaled and bordered picture of it.
        min_face: The smallest face to return, in photo pixels.
    """
    longer = max(photo.shape[:2])
    near = _look(photo, look, min(1.0, _NEAR_SIDE / longer), _NEAR_BORDER)
    far: list[Face] = []
    if longer > _NEAR_SIDE:
        far = _look(photo, look, min(1.0, _FAR_SIDE / longer), _FAR_BORDER)
    # Without the border around it a face that fills the frame gets worse landmarks at a better score.
    filling = [face for face in near if face.size > _FILLING * longer]
    far = [face for face in far if all(overlap(face, other) <= SAME_FACE for other in filling)]
    return [face for face in merge(near + far) if face.size >= min_face]


def _look(photo: NDArray[np.uint8], look: Look, scale: float, border: float) -> list[Face]:
    """The faces in a photo brought to a scale, with a border of a share of its longer side around it."""
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
        photo = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    edge = round(border * max(photo.shape[:2])) + _LEAST_BORDER
    padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=_BORDER_COLOUR)
    found = look(padded.astype(np.uint8, copy=False), scale)
    return [face.moved(1.0, -edge, -edge).moved(1 / scale, 0, 0) for face in found]
