"""Keeps the pixels of faces that are not to be protected, where others beside them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from faceguard.engine.patches import Patch
from faceguard.faces.face import Face

Spared = NDArray[np.bool_]
"""(H, W): the pixels of a photo that must stay as they are."""


def parted(faces: Sequence[Face]) -> tuple[list[Face], list[Face]]:
    """The faces that are to be protected, and those that are to stay as they are."""
    return [face for face in faces if face.is_chosen], [face for face in faces if not face.is_chosen]


def spared_pixels(shape: tuple[int, ...], chosen: Sequence[Face], left: Sequence[Face]) -> Spared:
    """What must stay: the boxes of the faces that are left, without what the chosen faces' boxes cover.

    The overlap goes to the face that is protected: a tracker sees it in that face's crop.

    Args:
        shape: The photo's shape, height and width first.
        chosen: The faces to protect.
        left: The faces to leave as they are.
    """
    spared = np.zeros(shape[:2], dtype=bool)
    for faces, value in ((left, True), (chosen, False)):
        for face in faces:
            x, y = (max(0, int(np.floor(edge))) for edge in face.box[:2])
            r, b = (max(0, int(np.ceil(edge)) + 1) for edge in face.box[2:])
            spared[y:b, x:r] = value
    return spared


def sparing(patch: Patch, spared: Spared) -> Patch:
    """The same patch without budget where pixels must stay: nothing is crafted that cannot be worn."""
    left, top, right, bottom = patch.box
    part = spared[top:bottom, left:right]
    if not part.any():
        return patch
    height, width = patch.mask.shape[1:]
    share = cv2.resize(part.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return replace(patch, mask=patch.mask * (1 - torch.from_numpy(np.asarray(share, np.float32))))
