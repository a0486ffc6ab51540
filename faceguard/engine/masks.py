"""Masks: one perturbation for each person, and how it is worn by a photo of them.

A mask lies in the coordinates of an aligned crop that is a little wider than those trackers cut out, so it
can be warped onto any photo of the person by the face's landmarks alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.errors import SettingsError
from faceguard.faces.alignment import similarity_transform
from faceguard.faces.face import Face
from faceguard.photos import write_atomically
from faceguard.tensor_file import read_tensors
from recognizers.crops import ARCFACE_112, CropSpec

_MARGIN = 8  # pixels on every side of ArcFace's crop: what the landmarks' errors may add


def _widened(crop: CropSpec, margin: int) -> CropSpec:
    one, two, three, four, five = ((x + margin, y + margin) for x, y in crop.template)
    return replace(crop, size=crop.size + 2 * margin, template=(one, two, three, four, five))


MASK_CROP = _widened(ARCFACE_112, _MARGIN)
"""Where a mask lies: ArcFace's crop with a margin."""

_KIND = "faceguard masks, version 1"
_MASK, _CENTRE = "mask.", "centre."


def fading() -> Tensor:
    """How much of the budget each place of a mask may use, (1, size, size): fades out over the margin."""
    places = torch.arange(MASK_CROP.size, dtype=torch.float32) + 0.5
    ramp = (torch.minimum(places, MASK_CROP.size - places) / _MARGIN).clamp(0, 1)
    return torch.outer(ramp, ramp)[None]


def worn(
    photo: NDArray[np.uint8], faces: Sequence[Face], mask: Tensor, budget: Budget, grey: bool = False
) -> NDArray[np.uint8]:
    """A photo whose faces wear a mask, no value moved by more than the budget.

    Args:
        photo: Upright uint8 (H, W, 3), RGB.
        faces: The faces that wear it; where two overlap, the later one's mask gives way.
        mask: (3, size, size) in the coordinates of `MASK_CROP`, in units of 0..1; or one for each face,
            (F, 3, size, size).
        budget: How far pixels may move.
        grey: The photo is greyscale: all channels move alike.
    """
    pixels = photo.copy()
    most = fading() * (budget.epsilon / 255)
    each = mask.clamp(-most, most).expand(len(faces), -1, -1, -1)
    taken = np.zeros(photo.shape[:2], dtype=bool)
    for face, its in zip(faces, each, strict=True):
        left, top, right, bottom = _extent(face, photo.shape)
        if right <= left or bottom <= top:
            continue
        matrix = similarity_transform(face.landmarks, MASK_CROP)
        matrix[:, 2] += matrix[:, :2] @ (left, top)
        delta = laid(its, matrix, (right - left, bottom - top))
        part = pixels[top:bottom, left:right]
        moved = budget.rounded(part, delta, grey)
        if len(faces) == 1:
            part[:] = moved
            continue
        free = ~taken[top:bottom, left:right]
        part[free] = moved[free]
        taken[top:bottom, left:right] |= np.abs(delta).max(2) > 0
    return pixels


def laid(mask: Tensor, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """A mask (3, m, m) on a picture (width, height): (height, width, 3), zero where it does not lie.

    Args:
        mask: The mask.
        matrix: (2, 3): picture pixel -> mask pixel.
        size: The picture's.
    """
    values = np.ascontiguousarray(mask.permute(1, 2, 0).numpy())
    # What lies outside the mask is zero: the border must not repeat.
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, size, flags=flags), dtype=np.float32)


def _extent(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The rectangle of a photo that a face's mask covers."""
    inverse = cv2.invertAffineTransform(similarity_transform(face.landmarks, MASK_CROP))
    corners = np.array([(0, 0), (MASK_CROP.size, 0), (0, MASK_CROP.size), (MASK_CROP.size,) * 2]) - 0.5
    points = corners @ inverse[:, :2].T + inverse[:, 2]
    low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int) + 1
    height, width = shape[:2]
    return max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1]))


@dataclass(frozen=True, eq=False)
class Masks:
    """The masks of some people.

    Attributes:
        of: Person -> (3, size, size) in the coordinates of `MASK_CROP`, in units of 0..1.
        settings: What they were made with, as JSON values.
        centres: Where no names are known, who a "person" is: (D,), the embedding in the middle of the faces
            that wear the mask. The same keys as `of`, or none.
    """

    of: Mapping[str, Tensor]
    settings: Mapping[str, object]
    centres: Mapping[str, Tensor] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Writes a safetensors file, whole or not at all.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
        """
        tensors = {f"{_MASK}{person}": mask.contiguous() for person, mask in self.of.items()}
        tensors |= {f"{_CENTRE}{person}": centre.contiguous() for person, centre in self.centres.items()}
        header = {"kind": _KIND, "settings": json.dumps(self.settings, default=str)}
        write_atomically(path, save(tensors, header))

    @classmethod
    def read(cls, path: Path) -> Masks:
        """Reads what `write` wrote.

        Raises:
            SettingsError: The file cannot be read or holds no masks.
        """
        header, tensors = read_tensors(path, "masks")
        masks, centres = _named(tensors, _MASK), _named(tensors, _CENTRE)
        shape = (3, MASK_CROP.size, MASK_CROP.size)
        fits = masks and all(tuple(mask.shape) == shape for mask in masks.values())
        fits = fits and len(masks) + len(centres) == len(tensors)
        fits = fits and (not centres or _are_centres(centres, masks))
        if header.get("kind") != _KIND or not fits:
            raise SettingsError(f"{path}: holds no masks of this version of faceguard")
        return cls(masks, json.loads(header["settings"]), centres)


def _named(tensors: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """The tensors of a kind, by what they are called within it."""
    return {key.removeprefix(kind): t.float() for key, t in tensors.items() if key.startswith(kind)}


def _are_centres(centres: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> bool:
    shapes = {tuple(centre.shape) for centre in centres.values()}
    return set(centres) == set(masks) and len(shapes) == 1 and len(next(iter(shapes))) == 1
