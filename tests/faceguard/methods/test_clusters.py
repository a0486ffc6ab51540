"""Clusters on synthetic crops: labels do not count, and features move to another cluster's centre."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import recognizers
from faceguard.engine.budget import Budget
from faceguard.engine.face_clusters import MATCHER, FaceClusters, looks
from faceguard.engine.labelled import patches_of_crops
from faceguard.methods.clusters import Clusters
from faceguard.poisoned_crops import poisoned_crops
from recognizers import ARCFACE_112
from tests.faceguard.methods.tiny_surrogate import EXTRACTION

_SIDE = 28  # a quarter of ArcFace's crop
one, two, three, four, five = ((x / 4, y / 4) for x, y in ARCFACE_112.template)
CROP = replace(ARCFACE_112, size=_SIDE, template=(one, two, three, four, five))
EPSILON = 16.0
POISON = Clusters(Budget(EPSILON), steps=3, faces_at_once=4, step_size=0.4, extraction=EXTRACTION)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def crops() -> Tensor:
    """Three patterns, four noisy crops of each: uint8 (12, 3, 28, 28)."""
    generator = torch.Generator().manual_seed(3)
    patterns = F.interpolate(torch.rand(3, 3, 3, 3, generator=generator), (_SIDE, _SIDE), mode="bicubic")
    noise = 0.02 * torch.randn(12, 3, _SIDE, _SIDE, generator=generator)
    return ((patterns.repeat_interleave(4, 0) + noise).clamp(0.1, 0.9) * 255).to(torch.uint8)


def test_labels_do_not_count_and_the_seed_does(crops: Tensor) -> None:
    alike, apart = torch.zeros(12, dtype=torch.int64), torch.arange(12)
    one = poisoned_crops(POISON, crops, alike, crop=CROP, seed=1)
    assert torch.equal(one, poisoned_crops(POISON, crops, apart, crop=CROP, seed=1))
    assert not torch.equal(one, poisoned_crops(POISON, crops, alike, crop=CROP, seed=2))


def test_faces_that_look_alike_wear_one_noise_within_the_budget(crops: Tensor) -> None:
    noise = POISON(patches_of_crops(crops, torch.arange(12), CROP), CPU)
    assert [len(set(noise.owner[start : start + 4])) for start in (0, 4, 8)] == [1, 1, 1]
    assert len(noise.values) == len(noise.centres) == len(set(noise.owner)) == 3
    moved = poisoned_crops(POISON, crops, torch.arange(12), crop=CROP).int() - crops.int()
    assert moved.abs().max() <= EPSILON
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2


def test_features_move_towards_the_next_centre(crops: Tensor) -> None:
    poison = replace(POISON, budget=Budget(40.0), steps=8, grid=_SIDE, start=0.0)
    faces = patches_of_crops(crops, torch.zeros(12), CROP)
    noise = poison(faces, CPU)
    targets = torch.stack([noise.centres[(owner + 1) % 3] for owner in noise.owner])
    recognizer = recognizers.load(MATCHER, CPU)
    clean = looks(faces.patches, recognizer, CPU)
    poisoned = poisoned_crops(poison, crops, torch.zeros(12), crop=CROP)
    moved = looks(patches_of_crops(poisoned, torch.zeros(12), CROP).patches, recognizer, CPU)
    before, after = ((its - targets).norm(dim=1).mean() for its in (clean, moved))
    assert after < 0.9 * before


def test_rounds_are_told_with_the_share_that_left_its_cluster(crops: Tensor) -> None:
    told: list[tuple[int, float]] = []
    POISON(patches_of_crops(crops, torch.zeros(12), CROP), CPU, 0, lambda *round: told.append(round))
    assert [number for number, _ in told] == [1, 2, 3]
    assert all(0 <= share <= 1 for _, share in told)


def test_a_single_face_is_a_cluster(crops: Tensor) -> None:
    noise = POISON(patches_of_crops(crops[:1], torch.zeros(1), CROP), CPU)
    assert noise.owner == (0,)
    assert FaceClusters(torch.stack(noise.centres)).count == 1
