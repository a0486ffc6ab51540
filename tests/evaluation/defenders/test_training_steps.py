"""What defences do to batches, crops and gradients while a victim learns."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evaluation.defenders import edits
from evaluation.defenders.adversary import Adversary
from evaluation.defenders.crop_edits import edited_crops
from evaluation.defenders.defended_step import DefendedStep
from evaluation.defenders.dp_sgd import DpSgd, replace_batch_normalisation
from evaluation.defenders.edits import UNEDITED
from evaluation.defenders.lesson import Lesson
from evaluation.defenders.mixup import Mixup
from evaluation.defenders.random_transforms import Cutout, Noise
from recognizers.training import Trainer
from tests.recognizers.tiny_training import PEOPLE, SETTINGS, classifier, photos, weights

# Plain descent: the weights after a step say what the gradient was.
PLAIN = replace(
    SETTINGS, momentum=0.0, weight_decay=0.0, schedule="constant", warmup_epochs=0, flip=False, shift=0
)


def trainer(learning_rate: float = 0.1, private: bool = False) -> Trainer:
    made = classifier()
    made.backbone.dropout.p = 0.0
    if private:
        replace_batch_normalisation(made)
    return Trainer(made, replace(PLAIN, learning_rate=learning_rate), 10)


def lesson(count: int = 6) -> Lesson:
    crops, labels = photos()
    chosen = torch.arange(count) * 4 % len(labels)
    return Lesson(crops[chosen].float() / 255, labels[chosen], labels[chosen])


def test_noise_has_the_size_that_was_asked_for_and_stays_within_the_range() -> None:
    torch.manual_seed(0)
    grey = torch.full((4, 3, 64, 64), 0.5)
    moved = Noise(8)(grey) - grey
    assert moved.std().item() * 255 == pytest.approx(8, rel=0.02)
    assert moved.mean().item() * 255 == pytest.approx(0, abs=0.1)
    black = Noise(8)(torch.zeros(4, 3, 64, 64))
    assert black.min() == 0


def test_cutout_greys_out_one_square_of_each_crop_anywhere() -> None:
    torch.manual_seed(0)
    covered = Cutout(5)(torch.ones(500, 3, 16, 16)) == 0.5
    assert torch.equal(covered[:, 0], covered[:, 2])
    rows, columns = covered[:, 0].any(2), covered[:, 0].any(1)
    assert torch.equal(covered[:, 0], rows[:, :, None] & columns[:, None, :])  # a rectangle
    heights = rows.sum(1)
    assert heights.max() == 5
    assert heights.min() == 3  # its middle is in the crop
    assert covered[:, 0].float().mean(0).min() > 0  # every pixel can be under it


def test_edits_of_crops_are_those_of_photos() -> None:
    crops, _ = photos()
    grey = edited_crops(crops[:3], edits.parse("grey+jpeg50"))
    for before, after in zip(crops[:3], grey, strict=True):
        wanted = edits.jpeg(edits.grey(np.ascontiguousarray(before.permute(1, 2, 0).numpy())), 50)
        assert np.array_equal(after.permute(1, 2, 0).numpy(), wanted)
    small = edited_crops(crops[:3], edits.parse("half"))
    assert small.shape == crops[:3].shape
    assert small.dtype == torch.uint8
    assert not torch.equal(small, crops[:3])
    assert edited_crops(crops, UNEDITED) is crops


def test_mixup_blends_photos_and_their_people_by_one_share() -> None:
    torch.manual_seed(3)
    one = lesson()
    mixed = Mixup(1.0)(one)
    assert 0 < mixed.share < 1
    for crop, label, partner, own in zip(mixed.crops, mixed.labels, mixed.partners, one.crops, strict=True):
        other = (crop - mixed.share * own) / (1 - mixed.share)
        which = int((one.crops - other).flatten(1).norm(dim=1).argmin())
        assert torch.allclose(other, one.crops[which], atol=1e-4)
        assert one.labels[which] == partner
        assert label in one.labels
    losses, _ = mixed.losses(trainer_ := trainer())
    by_hand = [
        replace(mixed, labels=who, partners=who, share=1.0).losses(trainer_)[0]
        for who in (mixed.labels, mixed.partners)
    ]
    assert torch.allclose(losses, mixed.share * by_hand[0] + (1 - mixed.share) * by_hand[1])


@pytest.mark.parametrize("steps", [1, 5])
def test_an_adversary_raises_the_loss_within_its_reach(steps: int) -> None:
    victim, one = trainer(), lesson()
    before = weights(victim.classifier)
    torch.manual_seed(0)
    worse = Adversary(8, steps)(victim, one)
    assert torch.equal(weights(victim.classifier), before)
    moved = (worse.crops - one.crops).abs().max().item()
    assert moved == pytest.approx(8 / 255, abs=1e-6)
    assert worse.crops.min() >= 0
    assert worse.crops.max() <= 1
    victim.classifier.eval()
    noise = (one.crops + 16 / 255 * (torch.rand_like(one.crops) - 0.5)).clamp(0, 1)
    harmless = one.with_crops(noise).losses(victim)[0].mean()
    assert worse.losses(victim)[0].mean() > harmless + 0.1
    assert not worse.crops.requires_grad


def test_more_steps_of_an_adversary_are_worse() -> None:
    victim, one = trainer(), lesson()
    losses = []
    for steps in (1, 10):
        torch.manual_seed(0)
        worse = Adversary(8, steps)(victim, one)
        losses.append(worse.losses(victim)[0].mean().item())
    assert losses[1] > losses[0]


def test_without_defences_a_step_is_the_usual_one() -> None:
    crops, labels = photos()
    usual, defended = trainer(), trainer()
    with usual.randomness():
        first = usual.step(crops[:8], labels[:8])
    with defended.randomness():
        second = DefendedStep()(defended, crops[:8], labels[:8])
    assert torch.equal(weights(usual.classifier), weights(defended.classifier))
    assert torch.equal(first.loss, second.loss)
    assert torch.equal(first.accuracy, second.accuracy)


def test_without_clipping_and_noise_dp_sgd_is_the_usual_step() -> None:
    crops, labels = photos()
    usual, private = trainer(private=True), trainer(private=True)
    first = DefendedStep()(usual, crops[:8], labels[:8])
    second = DefendedStep(privacy=DpSgd(1e6, 0.0))(private, crops[:8], labels[:8])
    assert torch.allclose(weights(usual.classifier), weights(private.classifier), atol=1e-4)
    assert second.loss.item() == pytest.approx(first.loss.item(), rel=1e-5)
    assert second.accuracy == first.accuracy


def test_dp_sgd_follows_the_mean_of_gradients_cut_to_the_norm() -> None:
    """By hand: autograd on each photo, clipped with PyTorch's own function."""
    one = lesson()
    victim, reference = trainer(private=True), trainer(private=True)
    norms, cut = [], 300.0
    total: list[Tensor] | None = None
    parameters = list(reference.classifier.parameters())
    for place in range(len(one)):
        reference.classifier.zero_grad()
        loss = reference.classifier.train().losses(
            one.crops[place : place + 1], one.labels[place : place + 1]
        )
        loss.sum().backward()
        norms.append(float(nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])))
        nn.utils.clip_grad_norm_(parameters, cut)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in parameters]
        total = gradients if total is None else [t + g for t, g in zip(total, gradients, strict=True)]
    assert min(norms) < cut < max(norms)  # some are cut and some are not
    before = [p.detach().clone() for p in victim.classifier.parameters()]
    DpSgd(cut, 0.0).learn(victim, one)
    assert total is not None
    for start, end, gradient in zip(before, victim.classifier.parameters(), total, strict=True):
        assert torch.allclose((start - end) / 0.1, gradient / len(one), atol=1e-3, rtol=1e-3)


def test_dp_sgd_adds_noise_in_units_of_the_norm_over_the_batch() -> None:
    torch.manual_seed(0)
    one = lesson()
    quiet, loud = trainer(private=True), trainer(private=True)
    DpSgd(0.5, 0.0).learn(quiet, one)
    DpSgd(0.5, 3.0).learn(loud, one)
    between = torch.cat(
        [
            (a - b).detach().flatten()
            for a, b in zip(loud.classifier.parameters(), quiet.classifier.parameters(), strict=True)
        ]
    )
    assert between.std().item() / 0.1 == pytest.approx(3.0 * 0.5 / len(one), rel=0.1)


def test_batch_normalisation_is_gone_and_a_photo_stands_for_itself() -> None:
    made = classifier()
    replace_batch_normalisation(made)
    kinds = [type(module) for module in made.modules()]
    assert nn.BatchNorm2d not in kinds
    assert nn.BatchNorm1d not in kinds
    assert kinds.count(nn.GroupNorm) == 2
    made.train()
    made.backbone.dropout.p = 0.0
    crops = lesson().crops
    assert torch.allclose(made.embed(crops)[:1], made.embed(crops[:1]), atol=1e-6)


def test_in_a_network_that_goes_on_dp_sgd_leaves_batch_statistics_alone() -> None:
    victim = trainer()
    batch_layer = victim.classifier.backbone.normalisation
    before = copy.deepcopy(batch_layer.state_dict())
    DpSgd(1.0, 0.0).learn(victim, lesson())
    assert torch.equal(batch_layer.running_mean, before["running_mean"])
    assert int(batch_layer.num_batches_tracked) == 0


def test_all_defences_together_teach_a_victim_still() -> None:
    crops, labels = photos()
    victim = trainer(learning_rate=0.05)
    victim.transforms = (Noise(4), Cutout(3))
    step = DefendedStep(Mixup(0.2), Adversary(2, 2))
    for number in range(60):
        torch.manual_seed(number)
        order = torch.randperm(len(labels))[:12]
        step(victim, crops[order], labels[order])
    victim.classifier.eval()
    right = (victim.classifier.predict(crops) == labels).double().mean()
    assert right > 2 / PEOPLE


@pytest.mark.parametrize(
    "make",
    [
        lambda: Noise(0),
        lambda: Cutout(0),
        lambda: Mixup(0),
        lambda: Adversary(0, 1),
        lambda: Adversary(8, 0),
        lambda: DpSgd(0, 1),
        lambda: DpSgd(1, -1),
    ],
)
def test_impossible_numbers_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()  # type: ignore[operator]


def test_crops_pass_without_a_change_of_kind() -> None:
    torch.manual_seed(0)
    crops = F.interpolate(torch.rand(2, 3, 4, 4), (16, 16))
    for transform in (Noise(4), Cutout(4)):
        changed = transform(crops)
        assert changed.shape == crops.shape
        assert changed.dtype == crops.dtype
