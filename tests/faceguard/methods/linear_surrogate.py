"""Synthetic people, and the linear recogniser in place of any surrogate."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import recognizers
from faceguard.engine.labelled import LabelledPatches, patch_of_crop
from faceguard.engine.masks import MASK_CROP, fading
from tests.faceguard.engine.closed_form import LinearRecognizer


def use_linear_surrogate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever surrogate is asked for, this one comes."""
    monkeypatch.setattr(recognizers, "load", lambda *_: LinearRecognizer())


def people(names: str, photos: int, seed: int = 0) -> LabelledPatches:
    """People, one for each letter, with some photos of each: coarse pictures, alike for one person."""
    generator = torch.Generator().manual_seed(seed)
    patches = []
    for name in names:
        own = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(ord(name)))
        for _ in range(photos):
            coarse = 0.2 + 0.5 * own + 0.1 * torch.rand(3, 8, 8, generator=generator)
            crop = F.interpolate(coarse[None], (MASK_CROP.size,) * 2, mode="bilinear")[0]
            patches.append(patch_of_crop((crop * 255).round().to(torch.uint8), MASK_CROP, fading()))
    labels = tuple(place for place in range(len(names)) for _ in range(photos))
    return LabelledPatches(tuple(patches), labels, tuple(names))


def canvases(faces: LabelledPatches) -> Tensor:
    """(N, 3, size, size)."""
    return torch.stack([patch.canvas for patch in faces.patches])
