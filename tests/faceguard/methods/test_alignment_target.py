"""The target gradient, the double backward pass through it, and Proposition 1."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.methods.alignment_target import (
    AlignmentTarget,
    Goal,
    TargetSettings,
    aligned_weights,
    inner,
    length,
)
from faceguard.methods.reverse_cross_entropy import reverse_cross_entropy
from recognizers.training import FaceClassifier
from recognizers.training.classifier import as_float
from tests.recognizers.tiny_training import PEOPLE, classifier, photos


def exact(seed: int = 0) -> FaceClassifier:
    """A tiny classifier in double precision."""
    return classifier(seed).double().eval()


def data() -> tuple[Tensor, Tensor]:
    crops, labels = photos()
    return as_float(crops).double(), labels


def by_hand(model: FaceClassifier, loss: Tensor) -> Tensor:
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)])


def flat(target: AlignmentTarget, row: int = 0) -> Tensor:
    return torch.cat([part[row].flatten() for part in target.directions.values()])


def one_for_all(goal: Goal = "away", **settings: Any) -> TargetSettings:
    """The paper's target, but for some settings."""
    return TargetSettings(goal, per_person=False, **{"aligned": None, **settings})


@pytest.mark.parametrize("goal", ["away", "next"])
def test_the_target_is_the_gradient_over_all_photos(goal: Goal) -> None:
    model, (crops, labels) = exact(), data()
    if goal == "away":
        # On scores without the margin, and scaled.
        losses = reverse_cross_entropy(model.logits(crops), labels)
    else:
        following = (labels + 1) % PEOPLE
        losses = F.cross_entropy(model.margin_logits(crops, following), following, reduction="none")
    wanted = F.normalize(by_hand(model, losses.mean()), dim=0)
    target = AlignmentTarget.of(model, (crops, labels), one_for_all(goal), flip=False, seed=0)
    assert not target.per_person
    torch.testing.assert_close(flat(target), wanted)
    assert flat(target).norm().item() == pytest.approx(1)


@pytest.mark.parametrize("goal", ["away", "next"])
def test_each_name_has_the_target_of_the_photos_it_is_to_stand_for(goal: Goal) -> None:
    model, (crops, labels) = exact(), data()
    settings = TargetSettings(goal, aligned=None)
    target = AlignmentTarget.of(model, (crops, labels), settings, flip=False, seed=0)
    assert target.per_person
    for person in range(PEOPLE):
        own = labels == (person if goal == "away" else (person - 1) % PEOPLE)
        if goal == "away":
            loss = reverse_cross_entropy(model.logits(crops[own]), labels[own]).mean()
        else:
            loss = model.losses(crops[own], torch.full((int(own.sum()),), person)).mean()
        torch.testing.assert_close(flat(target, person), F.normalize(by_hand(model, loss), dim=0))


def test_a_share_of_the_photos_gives_nearly_the_same_target() -> None:
    model, every = exact(), data()
    whole = AlignmentTarget.of(model, every, one_for_all(), flip=False, seed=0)
    half, same, other = (
        AlignmentTarget.of(model, every, one_for_all(photos=0.5), flip=False, seed=seed) for seed in (0, 0, 1)
    )
    assert torch.equal(flat(half), flat(same))
    assert not torch.equal(flat(half), flat(other))
    assert 0.5 < (flat(whole) @ flat(half)).item() < 0.999
    one_each = AlignmentTarget.of(model, every, TargetSettings(photos=1e-6), flip=False, seed=0)
    assert all(flat(one_each, person).norm() > 0 for person in range(PEOPLE))


def test_mirrored_crops_count_as_much() -> None:
    model, (crops, labels) = exact(), data()
    both = AlignmentTarget.of(model, (crops, labels), one_for_all(), flip=True, seed=0)
    doubled = torch.cat([crops, crops.flip(3)]), torch.cat([labels, labels])
    wanted = AlignmentTarget.of(model, doubled, one_for_all(), flip=False, seed=0)
    torch.testing.assert_close(flat(both), flat(wanted))


def test_fewer_weights_are_those_nearest_to_the_output() -> None:
    model = exact()
    names = [name for name, _ in model.named_parameters()]
    assert aligned_weights(model, None) == names
    assert aligned_weights(model, 1) == ["head.weight"] == names[-1:]
    target = AlignmentTarget.of(model, data(), TargetSettings(aligned=3), flip=False, seed=0)
    assert list(target.directions) == names[-3:]
    assert [n for n, w in model.named_parameters() if w.requires_grad] == names[-3:]


def test_photos_of_several_people_have_no_one_target() -> None:
    target = AlignmentTarget.of(exact(), data(), TargetSettings(), flip=False, seed=0)
    with pytest.raises(ValueError, match="one person at a time"):
        target.pull(*data())


def test_the_pull_is_equation_3_and_differentiates_twice() -> None:
    model, (crops, labels) = exact(), data()
    target = AlignmentTarget.of(model, (crops, labels), one_for_all(), flip=False, seed=0)
    some, its = crops[::7], labels[::7]
    gradient = by_hand(model, model.losses(some, its).mean())
    pull = target.pull(some, its)
    wanted = F.cosine_similarity(flat(target), gradient, dim=0)
    for cosine in (pull.cosine, pull.cosine_of_fixed_length):
        assert cosine.item() == pytest.approx(wanted.item())
    assert pull.wrong == pytest.approx(float((model.predict(some) != its).double().mean()))
    direction = torch.randn(some.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    step = 1e-5
    before, after = (target.pull(some + sign * step * direction, its) for sign in (-1, 1))
    moved = some.clone().requires_grad_()
    pull = target.pull(moved, its)
    length_now = pull.length.item()
    for value, rise in (
        (pull.cosine, after.cosine - before.cosine),
        (pull.cosine_of_fixed_length, (after.along - before.along) / length_now),
    ):
        (derivative,) = torch.autograd.grad(value, moved, retain_graph=True)
        slope = rise.item() / (2 * step)
        assert (derivative * direction).sum().item() == pytest.approx(slope, rel=1e-5)


def test_proposition_1() -> None:
    """Where the length's derivative is the smaller, online and full crafting move a pixel alike.

    With T brought to length 1: as printed, with any T, the inequality says nothing about signs.
    """
    model, (crops, labels) = exact(), data()
    target = AlignmentTarget.of(model, (crops, labels), one_for_all(), flip=False, seed=0)
    crops = crops.clone().requires_grad_()
    pull = target.pull(crops, labels)  # G over all photos; <T, G> is the sum of all <T, g_j>

    def derivative(value: Tensor) -> Tensor:
        return torch.autograd.grad(value, crops, retain_graph=True)[0]

    full, online = derivative(pull.cosine), derivative(pull.along)
    of_length = derivative(pull.length)
    cosine, size = pull.cosine.detach(), pull.length.detach()
    torch.testing.assert_close(full, (online - cosine * of_length) / size)
    alike = full.sign() == online.sign()
    enough = of_length.abs() < online.abs()
    assert alike[enough].all()
    assert 0.3 < enough.double().mean() < 1
    assert alike.double().mean() > 0.8
    # Exactly, with the cosine as a factor: these and no others disagree.
    scaled = cosine * of_length
    assert torch.equal(~alike, (scaled * online > 0) & (scaled.abs() > online.abs()))
    printed = of_length.abs() < (1e3 * online).abs()  # a T of length 1000
    assert not alike[printed].all()


def test_lengths_and_inner_products_are_over_all_weights() -> None:
    first, second = [torch.tensor([3.0]), torch.tensor([[0.0, 4.0]])], [torch.ones(1), torch.ones(1, 2)]
    assert float(length(first)) == 5
    assert float(inner(first, second)) == 7


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no goal"):
        TargetSettings(goal="towards")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share of photos"):
        TargetSettings(photos=0.0)
    with pytest.raises(ValueError, match="at least one weight"):
        TargetSettings(aligned=0)
