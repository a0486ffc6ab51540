"""Two looks at a photo, for detectors that see faces of some sizes only.

One is small and with a wide border, where faces that fill or leave the frame are found; the other is large,
where small ones are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class View:
    """What a detector is given to look at.

    Attributes:
        picture: uint8 (H, W, 3), RGB: a photo brought to a scale, in a border.
        scale: By how much it is reduced; at most 1.
        border: The border's width, in the picture's pixels.
        known: Faces in it that are found already, in its pixels. Those that the look finds in their places
            will be left out.
    """

    picture: Pixels
    scale: float
    border: int
    known: list[Face]


Look = Callable[[Pixels, float], list[Face]]
"""Faces in a uint8 picture (H, W, 3), RGB, in its own pixels; the number is its scale, at most 1."""

ViewLook = Callable[[View], list[Face]]
"""Faces in a view, in its picture's pixels."""


def two_looks(photo: Pixels, look: Look, min_face: float) -> list[Face]:
    """The faces that both looks together find, in photo pixels, largest first.

    Args:
        photo: Upright uint8 (H, W, 3), RGB, of any size.
        look: What finds faces in a scaled and bordered picture of it.
        min_face: The smallest face to return, in photo pixels.
    """
    return two_views(photo, lambda view: look(view.picture, view.scale), min_face)


def two_views(photo: Pixels, look: ViewLook, min_face: float) -> list[Face]:
    """As `two_looks`, for a detector that makes use of what else there is to know of a view."""
    longer = max(photo.shape[:2])
    near_scale, far_scale = (min(1.0, side / longer) for side in (_NEAR_SIDE, _FAR_SIDE))
    far_photo = _reduced(photo, photo.shape[:2], far_scale)
    # From the large look's picture, because from a photo of many megapixels it takes as long again.
    near_photo = _reduced(far_photo, photo.shape[:2], near_scale)
    near = _look(near_photo, look, near_scale, _NEAR_BORDER, [])
    far: list[Face] = []
    # Without the border around it a face that fills the frame gets worse landmarks at a better score.
    filling = [face for face in near if face.size > _FILLING * longer]
    if longer > _NEAR_SIDE:
        far = _look(far_photo, look, far_scale, _FAR_BORDER, filling)
        far = [face for face in far if all(overlap(face, other) <= SAME_FACE for other in filling)]
    return [face for face in merge(near + far) if face.size >= min_face]


def _reduced(picture: Pixels, whole: tuple[int, ...], scale: float) -> Pixels:
    """A picture of a photo brought to a scale of the photo's height and width."""
    height, width = (max(1, round(side * scale)) for side in whole)
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _look(picture: Pixels, look: ViewLook, scale: float, border: float, known: list[Face]) -> list[Face]:
    """The faces in a photo brought to a scale, with a border of a share of its longer side around it."""
    edge = round(border * max(picture.shape[:2])) + _LEAST_BORDER
    padded = cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=_BORDER_COLOUR)
    inside = [face.moved(scale, edge, edge) for face in known]
    found = look(View(padded.astype(np.uint8, copy=False), scale, edge, inside))
    return [face.moved(1.0, -edge, -edge).moved(1 / scale, 0, 0) for face in found]
