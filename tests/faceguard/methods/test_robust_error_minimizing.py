"""Robust error-minimising noise: what its model is shown, and that nothing is learnt from the noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch

from faceguard.engine.budget import Budget
from faceguard.methods.robust_error_minimizing import RobustErrorMinimizing
from faceguard.poisoned_crops import poisoned_crops
from recognizers.training import Trainer
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate, accuracy, photos
from tests.recognizers.tiny_training import CROP, PEOPLE

EPSILON = 20.0
REM = RobustErrorMinimizing(
    Budget(EPSILON),
    surrogate=TinySurrogate(),
    train_steps=2,
    fewest_rounds=8,
    most_rounds=8,
    extraction=EXTRACTION,
)
SEM = replace(REM, inner="random")
POISONS = [REM, SEM, replace(REM, per_person=True)]
NAMES = ["adversarial", "random", "adversarial, per person"]


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """One that has learnt the photos a little."""
    trainer = Trainer(TinySurrogate().classifier(PEOPLE, 0), LEARNING, 1)
    crops, labels = photos()
    for _ in range(20):
        trainer.step(crops, labels)
    return trainer


def loss(trainer: Trainer, poison: RobustErrorMinimizing) -> float:
    """The model's loss on photos as the poison shows them."""
    crops, labels = photos()
    torch.manual_seed(0)
    shown = poison.disturbed(trainer, crops.float() / 255, labels)
    with torch.no_grad():
        return float(trainer.classifier.eval().losses(shown, labels).sum())


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_the_disturbance_keeps_to_its_radius_and_lets_gradients_pass(
    poison: RobustErrorMinimizing, trainer: Trainer
) -> None:
    crops, labels = photos()
    values = (crops.float() / 255).requires_grad_()
    shown = poison.disturbed(trainer, values, labels)
    assert 0 < float((shown - values).detach().abs().max()) <= 0.5 * EPSILON / 255 + 1e-6
    (gradient,) = torch.autograd.grad(shown.sum(), values)
    inside = (shown > 0) & (shown < 1)
    assert torch.equal(gradient[inside], torch.ones_like(gradient[inside]))


def test_an_adversarial_disturbance_misleads_more_than_a_random_one(trainer: Trainer) -> None:
    adversarial, thorough, chance = (
        loss(trainer, poison) for poison in (REM, replace(REM, inner_steps=5), SEM)
    )
    assert adversarial > 1.1 * chance
    assert thorough > 1.1 * chance


def test_washed_batches_are_grey_or_recompressed(trainer: Trainer) -> None:
    crops, labels = photos()
    values = crops.float() / 255
    poison = replace(SEM, washed=1.0, radius=1e-6)
    kinds = set()
    for seed in range(8):
        torch.manual_seed(seed)
        shown = poison.disturbed(trainer, values, labels)
        kinds.add("grey" if (shown - shown.mean(1, keepdim=True)).abs().max() < 1e-4 else "compressed")
        assert (shown - values).abs().max() > 0.02
    assert kinds == {"grey", "compressed"}


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_who_trains_on_poisoned_crops_fails_on_clean_ones(poison: RobustErrorMinimizing) -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    poisoned = poisoned_crops(poison, crops, labels, crop=CROP)
    moved = poisoned.int() - crops.int()
    assert moved.abs().max() <= EPSILON
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2
    assert accuracy(poisoned, labels, tests, tested) < accuracy(crops, labels, tests, tested) - 0.1


def test_the_seed_decides_everything() -> None:
    crops, labels = photos()
    quick = replace(REM, fewest_rounds=2, most_rounds=2, washed=0.5)
    one, same, other = (poisoned_crops(quick, crops, labels, crop=CROP, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"radius": 1.0}, "below 1 of the budget"),
        ({"radius": 0.0}, "above 0"),
        ({"inner": "sharp"}, "adversarial or random"),
        ({"inner_steps": 0}, "at least one step"),
        ({"washed": 1.5}, "share of washed"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(wrong: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(REM, **wrong)  # type: ignore[arg-type]
