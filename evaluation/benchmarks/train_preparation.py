"""What a tracker does with photos before a victim sees them: edit, find the face, cut it out, clean it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from evaluation.benchmarks.train_crops import TrainCrops
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders.crop_edits import edited_crops
from evaluation.defenders.edits import UNEDITED, Edit
from evaluation.defenders.purifier import Denoiser
from recognizers import CropSpec

_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Prepared:
    """Photos on which a face was found.

    Attributes:
        photos: These photos.
        crops: Their crops: uint8 (N, 3, size, size), RGB.
    """

    photos: tuple[DataPhoto, ...]
    crops: Tensor

    def people(self, numbers: dict[str, int]) -> Tensor:
        """(N,) int64: whom each shows, by the numbers of people's names."""
        return torch.tensor([numbers[photo.person] for photo in self.photos], dtype=torch.int64)


@dataclass(frozen=True, eq=False)
class Preparation:
    """Everything deterministic that is done to photos, which is done once and not in every epoch.

    Attributes:
        crop: The crop that the victim is shown.
        photo_edit: What is done to whole photos.
        denoiser: What crops go through next; None for nothing.
        crop_edit: What is done to them then.
    """

    crop: CropSpec
    photo_edit: Edit = UNEDITED
    denoiser: Denoiser | None = None
    crop_edit: Edit = UNEDITED

    def __call__(self, crops: TrainCrops, photos: Sequence[DataPhoto]) -> Prepared:
        """Prepares photos; those without a face are left out."""
        seen = [sighting for sighting in crops.look(photos, self.photo_edit) if sighting.face is not None]
        found = crops.cut(seen, self.crop)
        if self.denoiser is not None:
            found = _purified(found, self.denoiser)
        return Prepared(tuple(sighting.photo for sighting in seen), edited_crops(found, self.crop_edit))


@torch.no_grad()
def _purified(crops: Tensor, denoiser: Denoiser) -> Tensor:
    device = next(denoiser.parameters()).device
    parts = [denoiser(part.to(device).float() / 255).cpu() for part in crops.split(_AT_ONCE)]
    return (torch.cat(parts) * 255).round().to(torch.uint8) if parts else crops
