"""Cuts faces out of photos for methods that hold those of a whole data set in memory."""

from __future__ import annotations

from collections.abc import Sequence

from faceguard.engine.labelled import patch_of_crop
from faceguard.engine.masks import MASK_CROP, fading
from faceguard.engine.patches import Patch, cut
from faceguard.engine.sight import aligned_crops
from faceguard.faces.face import Face
from faceguard.people.sparing import Spared, sparing
from faceguard.photos import Photo

_SIDE = 160  # pixels: a face's longest side on its canvas


def own_patches(photo: Photo, faces: Sequence[Face], spared: Spared | None = None) -> list[Patch]:
    """Patches for perturbations of their own: the faces where they lie in the photo.

    Args:
        photo: The photo.
        faces: Its faces to protect.
        spared: What must stay as it is, if anything.
    """
    patches = cut(photo.pixels, faces, side=_SIDE, grey=photo.grey)
    return patches if spared is None else [sparing(patch, spared) for patch in patches]


def mask_patches(photo: Photo, faces: Sequence[Face]) -> list[Patch]:
    """Patches for perturbations that photos share: the faces as masks lie on them."""
    mask = fading()
    return [patch_of_crop(crop, MASK_CROP, mask) for crop in aligned_crops(photo.pixels, faces, MASK_CROP)]
