"""One noise for each person on patches that show their faces anywhere: cut out alike, and laid on again."""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor

from faceguard.engine.labelled import LabelledPatches, patch_of_crop
from faceguard.engine.masks import MASK_CROP, fading, laid
from faceguard.engine.parts import plain_crops_of
from faceguard.engine.patches import Patch


def faces_alike(faces: LabelledPatches) -> LabelledPatches:
    """Every face of some patches as a patch of its own, aligned as masks lie."""
    crops = chain.from_iterable(plain_crops_of(faces.patches, MASK_CROP))
    greys = [patch.grey for patch in faces.patches for _ in patch.faces]
    mask = fading()
    patches = [patch_of_crop(crop, MASK_CROP, mask, grey) for crop, grey in zip(crops, greys, strict=True)]
    labels = faces.labels_of_faces(range(len(faces.patches))).tolist()
    return LabelledPatches(tuple(patches), tuple(labels), faces.people)


def laid_on(patch: Patch, mask: Tensor) -> Tensor:
    """A patch's perturbation (3, h, w) where its faces wear a mask.

    Args:
        patch: The patch; where two of its faces overlap, the later one's mask gives way.
        mask: (3, size, size), in the coordinates of `MASK_CROP`.
    """
    height, width = patch.size
    delta = torch.zeros(3, height, width)
    for matrix in patch.matrices(MASK_CROP):
        its = torch.from_numpy(laid(mask, matrix, (width, height))).permute(2, 0, 1)
        delta = torch.where(delta == 0, its, delta)
    return delta
