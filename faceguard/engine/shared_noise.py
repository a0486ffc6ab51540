"""One noise for each person on patches that show their faces anywhere: cut out alike, and laid on again."""

from __future__ import annotations

import torch
from torch import Tensor

from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches, patch_of_crop
from faceguard.engine.masks import MASK_CROP, fading, laid
from faceguard.engine.patches import Patch, batch

_AT_ONCE = 32


def faces_alike(faces: LabelledPatches) -> LabelledPatches:
    """Every face of some patches as a patch of its own, aligned as masks lie."""
    patches, labels = [], []
    mask = fading()
    for start in range(0, len(faces.patches), _AT_ONCE):
        stacked = batch(faces.patches[start : start + _AT_ONCE], torch.device("cpu"))
        crops = plain_crops(stacked, torch.zeros_like(stacked.images), MASK_CROP)
        for crop, owner in zip(crops, stacked.owner.tolist(), strict=True):
            patches.append(patch_of_crop(crop, MASK_CROP, mask, stacked.patches[owner].grey))
            labels.append(faces.labels[start + owner])
    return LabelledPatches(tuple(patches), tuple(labels), faces.people)


def laid_on(patch: Patch, mask: Tensor) -> Tensor:
    """A patch's perturbation (3, h, w) where its faces wear a mask.

    Args:
        patch: The patch; where two of its faces overlap, the later one's mask gives way.
        mask: (3, size, size), in the coordinates of `MASK_CROP`.
    """
    _, height, width = patch.canvas.shape
    delta = torch.zeros(3, height, width)
    for matrix in patch.matrices(MASK_CROP):
        its = torch.from_numpy(laid(mask, matrix, (width, height))).permute(2, 0, 1)
        delta = torch.where(delta == 0, its, delta)
    return delta
