"""Poisons on synthetic crops: in the budget, of both signs, reproducible, and nothing is learnt from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from faceguard import methods
from faceguard.engine.budget import Budget
from faceguard.engine.labelled import patches_of_crops
from faceguard.engine.solver import Solver
from faceguard.errors import SettingsError
from faceguard.methods.error_minimizing import ErrorMinimizing
from faceguard.methods.joint_method import JointMethod
from faceguard.methods.separable import Separable
from faceguard.methods.shared_pattern import SharedPattern
from faceguard.methods.targeted import Targeted
from faceguard.poisoned_crops import poisoned_crops
from recognizers.training import Trainer, train
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate, accuracy, photos
from tests.recognizers.tiny_training import CROP, PEOPLE

EPSILON = 20.0
BUDGET = Budget(EPSILON)
# Few steps of training in a round: four people are learnt in no time, and noise then helps what is learnt.
EM = ErrorMinimizing(
    BUDGET, surrogate=TinySurrogate(), train_steps=2, fewest_rounds=8, most_rounds=8, extraction=EXTRACTION
)
TARGETED = Targeted(
    BUDGET, surrogate=TinySurrogate(), solver=Solver(20, 0.1, softness=0.1, views=EXTRACTION.views)
)
POISONS: list[JointMethod] = [
    EM,
    replace(EM, per_person=True),
    replace(EM, start=replace(EM, per_person=True, twins=0.5), twins=0.5, fewest_rounds=2, most_rounds=2),
    Separable(BUDGET, blocks=4),
    TARGETED,
    replace(TARGETED, shared=SharedPattern(share=0)),
]
NAMES = [f"{number}-{poison.name}" for number, poison in enumerate(POISONS)]


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_the_budget_holds_after_rounding_and_both_signs_are_used(poison: JointMethod) -> None:
    crops, labels = photos()
    moved = poisoned_crops(poison, crops, labels, crop=CROP).int() - crops.int()
    assert moved.abs().max() <= EPSILON
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_the_seed_decides_everything(poison: JointMethod) -> None:
    crops, labels = photos()
    one, same, other = (poisoned_crops(poison, crops, labels, crop=CROP, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("poison", POISONS, ids=NAMES)
def test_who_trains_on_poisoned_crops_fails_on_clean_ones(poison: JointMethod) -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    poisoned = poisoned_crops(poison, crops, labels, crop=CROP)
    # Of several victims, as how well one of them learns hangs on the last bits of its arithmetic.
    clean, kept = (
        float(np.mean([accuracy(data, labels, tests, tested, seed) for seed in range(3)]))
        for data in (crops, poisoned)
    )
    assert clean > 0.85
    assert kept < clean - 0.2


def test_twins_leave_less_where_only_some_people_are_protected() -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    some, theirs = labels < 2, tested < 2
    kept = {}
    for twins in (0.0, 1.0):
        rates = []
        for seed in range(4):
            data = crops.clone()
            data[some] = poisoned_crops(
                replace(EM, per_person=True, twins=twins), crops[some], labels[some], crop=CROP, seed=seed
            )
            rates += [accuracy(data, labels, tests[theirs], tested[theirs], victim) for victim in range(3)]
        kept[twins] = float(np.mean(rates))
    assert kept[1.0] < kept[0.0] - 0.05


def test_a_twin_is_somebody_else_and_wears_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    crops, labels = photos()
    shown: list[tuple[Tensor, Tensor]] = []
    monkeypatch.setattr(Trainer, "learn", lambda trainer, crops, labels: shown.append((crops, labels)))
    monkeypatch.setattr(Trainer, "varied", lambda trainer, crops: crops)
    replace(EM, twins=0.5)(patches_of_crops(crops, labels, CROP), torch.device("cpu"))
    assert len(shown) == EM.train_steps * EM.most_rounds
    last_crops, last = shown[-1]
    worn, twins = last < PEOPLE, last >= PEOPLE
    assert int(twins.sum()) == -(-int(worn.sum()) // 2)
    assert torch.equal(last[twins] - PEOPLE, last[worn][: int(twins.sum())])
    noise = (last_crops[worn][: int(twins.sum())] - last_crops[twins]).abs()
    assert noise.mean() > 0.5 * EPSILON / 255
    for twin, person in zip(last_crops[twins], last[twins] - PEOPLE, strict=True):
        gap = (crops[labels == person].float() / 255 - twin).abs().mean((1, 2, 3)).min()
        assert gap < 0.3 * noise.mean()


def test_a_share_of_twins_beyond_all_is_refused() -> None:
    with pytest.raises(ValueError, match="share of twins"):
        replace(EM, twins=1.5)


@pytest.mark.parametrize("poison", POISONS[:3], ids=NAMES[:3])
def test_error_minimising_noise_lowers_the_training_loss(poison: JointMethod) -> None:
    crops, labels = photos()
    losses = []
    for data in (crops, poisoned_crops(poison, crops, labels, crop=CROP)):
        history = train(TinySurrogate().classifier(PEOPLE, 0), (data, labels), LEARNING).history
        losses.append(sum(epoch.loss for epoch in history))
    assert losses[1] < losses[0]


def test_gain_strengthens_what_a_person_shares() -> None:
    crops, labels = photos()
    weak = poisoned_crops(replace(EM, per_person=True), crops, labels, crop=CROP).int() - crops.int()
    strong = poisoned_crops(replace(EM, per_person=True, gain=4.0), crops, labels, crop=CROP).int()
    strong = strong - crops.int()
    assert strong.abs().max() <= EPSILON
    assert strong.abs().float().mean() > 1.3 * weak.abs().float().mean()
    inside = (crops > EPSILON) & (crops < 255 - EPSILON)
    assert torch.equal(
        (weak * 4).clamp(-EPSILON, EPSILON).sign()[inside & (weak != 0)], strong.sign()[inside & (weak != 0)]
    )


def test_noise_that_is_to_be_symmetric_is() -> None:
    crops, labels = photos()
    faces = patches_of_crops(crops, labels, CROP)
    for value in replace(EM, per_person=True, mirrored=True)(faces, torch.device("cpu")).values:
        assert torch.equal(value, value.flip(-1))
        assert value.abs().max() > 0


def test_photos_start_from_what_they_share() -> None:
    crops, labels = photos()
    shared = replace(EM, per_person=True)
    rounds: list[int] = []
    poison = replace(EM, start=shared, fewest_rounds=1, most_rounds=1, step_size=1e-6)
    poisoned = poisoned_crops(
        poison, crops, labels, crop=CROP, on_round=lambda number, _: rounds.append(number)
    )
    moved = (poisoned.int() - crops.int()).float()
    same = [moved[labels == person].std(0).mean() for person in labels.unique()]
    assert max(same) < 0.2 * moved.abs().mean()
    assert rounds == list(range(1, EM.most_rounds + 2))


def test_crafting_stops_when_the_model_names_everyone() -> None:
    crops, labels = photos()
    rounds: list[tuple[int, float]] = []
    poison = replace(EM, train_steps=10, stop_error=0.2, fewest_rounds=1, most_rounds=30)
    poison(
        patches_of_crops(crops, labels, CROP),
        torch.device("cpu"),
        on_round=lambda number, error: rounds.append((number, error)),
    )
    assert [number for number, _ in rounds] == list(range(1, len(rounds) + 1))
    assert rounds[-1][1] <= 0.2
    assert all(error > 0.2 for _, error in rounds[:-1])


def test_separable_noise_is_linearly_separable_by_hand_and_by_a_linear_classifier() -> None:
    crops, labels = photos()
    noise = Separable(BUDGET)(patches_of_crops(crops, labels, CROP), torch.device("cpu"))
    worn = np.stack([noise.values[owner].flatten().numpy() for owner in noise.owner])
    assert LogisticRegression().fit(worn[::2], labels[::2]).score(worn[1::2], labels[1::2]) == 1.0
    assert torch.equal(noise.values[0], noise.values[0].flip(-1))
    assert set(np.unique((worn * 255).round())) == {-EPSILON, EPSILON}


def test_a_mask_depends_on_the_person_and_the_seed_alone() -> None:
    crops, labels = photos()
    few = labels < 2
    poison = Separable(BUDGET)
    of_all = poison(patches_of_crops(crops, labels, CROP), torch.device("cpu"))
    of_few = poison(patches_of_crops(crops[few], labels[few], CROP), torch.device("cpu"))
    assert torch.equal(of_all.values[1], of_few.values[1])
    assert not torch.equal(of_all.values[0], of_all.values[1])


@pytest.mark.parametrize("poison", [POISONS[0], POISONS[1], POISONS[4]], ids=lambda poison: poison.name)
def test_one_person_is_too_few_where_people_are_told_apart(poison: JointMethod) -> None:
    crops, labels = photos()
    with pytest.raises(ValueError, match="two people"):
        poisoned_crops(poison, crops[:6], labels[:6], crop=CROP)


def test_what_cannot_be_told_is_refused_before_crafting() -> None:
    crops, labels = photos()
    with pytest.raises(SettingsError, match="on_round is a function to call, or None, not 5"):
        poisoned_crops(EM, crops, labels, crop=CROP, on_round=5)  # type: ignore[arg-type]


def test_shapes_that_do_not_fit_are_refused() -> None:
    crops, labels = photos()
    with pytest.raises(ValueError, match="need labels"):
        poisoned_crops(Separable(BUDGET), crops, labels[:-1], crop=CROP)
    with pytest.raises(ValueError, match="a crop is"):
        poisoned_crops(Separable(BUDGET), crops, labels)


def test_float_crops_are_taken_as_8_bits() -> None:
    crops, labels = photos()
    poison = Separable(BUDGET)
    as_bits = poisoned_crops(poison, crops, labels, crop=CROP)
    assert torch.equal(as_bits, poisoned_crops(poison, crops.float() / 255, labels, crop=CROP))
    assert as_bits.dtype == torch.uint8


def test_every_method_says_which_threat_it_answers() -> None:
    assert methods.available("enrolment") == ["cloak", "person-mask", "combined"]
    for name in methods.available():
        method = methods.load(name, 8.0)
        assert method.name == name
        assert method.threat == methods.threat_of(name)
    with pytest.raises(SettingsError, match="against training"):
        methods.load_cloak("separable", 8.0)
    with pytest.raises(SettingsError, match="against enrolment"):
        methods.load_joint_method("cloak", 8.0)
