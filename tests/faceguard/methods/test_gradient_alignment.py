"""Gradient alignment on synthetic crops: within the budget, reproducible, and it does what it is for."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches, patches_of_crops
from faceguard.engine.noise import Noise
from faceguard.methods.alignment_target import AlignmentTarget, TargetSettings
from faceguard.methods.clean_surrogate import aligned_surrogate, clean_crops
from faceguard.methods.gradient_alignment import GradientAlignment
from faceguard.methods.regularizers import Regularizers
from faceguard.methods.shared_pattern import SharedPattern
from faceguard.poisoned_crops import poisoned_crops
from recognizers.training.classifier import as_float
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate, accuracy, photos
from tests.recognizers.tiny_training import CROP, PEOPLE

EPSILON = 20.0
CPU = torch.device("cpu")
SURROGATE = TinySurrogate(training=replace(LEARNING, epochs=6))
POISON = GradientAlignment(
    Budget(EPSILON),
    surrogate=SURROGATE,
    passes=20,
    batch_size=12,
    extraction=EXTRACTION,
    shared=SharedPattern(share=0),
)


def faces() -> LabelledPatches:
    return patches_of_crops(*photos(), CROP)


def alignment(target: AlignmentTarget, crops: Tensor, labels: Tensor) -> float:
    """The mean cosine of the target and the gradient, by person where each has a target."""
    groups = [labels == person for person in range(PEOPLE)] if target.per_person else [labels >= 0]
    return sum(target.pull(as_float(crops[g]), labels[g]).cosine.item() for g in groups) / len(groups)


def test_the_budget_holds_after_rounding_and_both_signs_are_used() -> None:
    crops, labels = photos()
    moved = poisoned_crops(POISON, crops, labels, crop=CROP).int() - crops.int()
    assert moved.abs().max() <= EPSILON
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2


def test_what_photos_share_and_what_each_has_fit_into_one_budget() -> None:
    crops, labels = photos()
    poison = replace(POISON, passes=3, shared=SharedPattern(share=0.75, blocks=4))
    moved = (poisoned_crops(poison, crops, labels, crop=CROP).int() - crops.int()).float()
    assert moved.abs().max() <= EPSILON
    inside = ((crops > EPSILON) & (crops < 255 - EPSILON)).all(1)
    assert moved[inside[:, None].expand_as(moved)].abs().min() >= 0.75 * EPSILON - 0.25 * EPSILON - 1
    shared = torch.stack([moved[labels == person].mean(0) for person in range(PEOPLE)])
    assert (moved - shared[labels]).square().mean() < 0.2 * moved.square().mean()


def test_the_seed_decides_everything() -> None:
    crops, labels = photos()
    one, same, other = (
        poisoned_crops(replace(POISON, passes=3), crops, labels, crop=CROP, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_who_trains_on_poisoned_crops_fails_on_clean_ones() -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    poisoned = poisoned_crops(POISON, crops, labels, crop=CROP)
    clean = accuracy(crops, labels, tests, tested)
    assert clean > 0.85
    assert accuracy(poisoned, labels, tests, tested) < clean - 0.2


@pytest.mark.parametrize(
    "settings",
    [
        TargetSettings("away", per_person=False, aligned=None, photos=0.5),
        TargetSettings("next", per_person=False, aligned=None),
        TargetSettings("next"),
    ],
    ids=["paper", "next", "next, per person"],
)
@pytest.mark.parametrize("held", [0.0, 0.5])
def test_poisoned_crops_pull_along_the_target_and_clean_ones_do_not(
    settings: TargetSettings, held: float
) -> None:
    crops, labels = photos()
    poison = replace(POISON, passes=10, target=settings, held=held)
    target = aligned_surrogate(SURROGATE, settings, faces(), CPU, 0)
    before = alignment(target, crops, labels)
    after = alignment(target, poisoned_crops(poison, crops, labels, crop=CROP), labels)
    assert after > before + 0.3


def test_the_restart_that_agrees_best_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    crafted = []
    original = GradientAlignment._crafted

    def remembered(self: GradientAlignment, *given: object) -> tuple[Noise, float]:
        crafted.append(original(self, *given))  # type: ignore[arg-type]
        return crafted[-1]

    monkeypatch.setattr(GradientAlignment, "_crafted", remembered)
    noise = replace(POISON, passes=1, restarts=4)(faces(), CPU)
    losses = [loss for _, loss in crafted]
    assert len(set(losses)) == 4
    best = crafted[losses.index(min(losses))][0]
    assert all(torch.equal(kept, its) for kept, its in zip(noise.values, best.values, strict=True))


def test_progress_counts_epochs_and_then_passes() -> None:
    told: list[tuple[int, float]] = []
    poison = replace(POISON, passes=3, restarts=2)
    poison(faces(), CPU, 0, lambda number, error: told.append((number, error)))
    assert [number for number, _ in told] == list(range(1, 6 + 2 * 3 + 1))
    assert all(0 <= error <= 1 for _, error in told)


@pytest.mark.parametrize("costs", [Regularizers(l2=100.0), Regularizers(ssim=100.0)], ids=["l2", "ssim"])
def test_what_is_charged_for_becomes_less(costs: Regularizers) -> None:
    poison = replace(POISON, passes=6)
    free = poison(faces(), CPU)
    charged = replace(poison, regularizers=costs)(faces(), CPU)
    strength = [torch.stack(noise.values).square().mean().item() for noise in (free, charged)]
    assert strength[1] < 0.5 * strength[0]


def test_charging_for_total_variation_makes_it_smoother() -> None:
    poison = replace(POISON, passes=6)
    free = poison(faces(), CPU)
    smooth = replace(poison, regularizers=Regularizers(tv=10.0))(faces(), CPU)
    roughness = [torch.stack(noise.values).diff(dim=-1).abs().mean().item() for noise in (free, smooth)]
    assert roughness[1] < 0.6 * roughness[0]


def test_one_person_is_too_few() -> None:
    crops, labels = photos()
    with pytest.raises(ValueError, match="two people"):
        poisoned_crops(POISON, crops[:6], labels[:6], crop=CROP)


def test_clean_crops_of_aligned_crops_are_themselves() -> None:
    crops, labels = photos()
    again, its = clean_crops(faces(), CROP)
    assert torch.equal(again, crops)
    assert torch.equal(its, labels)
    assert int(its.max()) + 1 == PEOPLE
