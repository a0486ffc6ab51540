"""Faces with a protection that can be learned: a fixed pattern on top of each, in stripes that show it."""

from __future__ import annotations

import numpy as np
import torch

from evaluation.defenders.training_pairs import TrainingPairs
from tests.evaluation.fakes import FakeRecognizer


def made_pairs(people: int = 6, photos: int = 4, seed: int = 0) -> TrainingPairs:
    """Smooth random faces of 112 pixels; protected ones carry the fake recogniser's own worst pattern."""
    generator = torch.Generator().manual_seed(seed)
    blocks = torch.rand(people, 1, 3, 8, 8, generator=generator) * 0.3 + 0.35
    noise = torch.rand(people, photos, 3, 8, 8, generator=generator) * 0.1 - 0.05
    faces = (blocks + noise).flatten(0, 1)
    clean = torch.nn.functional.interpolate(faces, (112, 112), mode="nearest")
    weight = FakeRecognizer().network.weight[:, :192].sum(0).reshape(1, 3, 8, 8).sign()
    pattern = torch.nn.functional.interpolate(weight, (112, 112), mode="nearest")
    stripes = (torch.arange(112) % 2).float()
    protected = (clean + 0.3 * pattern * stripes).clamp(0, 1)
    return TrainingPairs(clean.half(), protected.half(), np.repeat(np.arange(people), photos))
