"""One step of training against the formulas, and what methods build on it."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor, nn

from recognizers import RecognizerError
from recognizers.heads import CosFace
from recognizers.training import (
    FaceClassifier,
    Trainer,
    TrainingSettings,
    flipped_and_shifted,
    new_classifier,
)
from recognizers.training.augmentation import name_of
from tests.recognizers.tiny_training import PEOPLE, SETTINGS, Tiny, classifier, photos, weights

PLAIN = dataclasses.replace(
    SETTINGS, schedule="constant", warmup_epochs=0.0, weight_decay=0.0, momentum=0.0, flip=False, shift=0
)


def without_dropout(built: FaceClassifier) -> FaceClassifier:
    """The classifier with a backbone in which nothing is random."""
    built.backbone.dropout = nn.Identity()
    return built


def batch() -> tuple[Tensor, Tensor]:
    crops, labels = photos()
    return crops[::3], labels[::3]


def gradients(built: FaceClassifier, crops: Tensor, labels: Tensor) -> dict[str, Tensor]:
    built.train()
    losses = built.losses(crops.float() / 255, labels)
    trained = dict(built.named_parameters())
    return dict(zip(trained, torch.autograd.grad(losses.mean(), list(trained.values())), strict=True))


def parameters(built: FaceClassifier) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in built.named_parameters()}


def test_a_step_goes_down_the_gradient() -> None:
    built = without_dropout(classifier())
    before, slopes = parameters(built), gradients(built, *batch())
    trainer = Trainer(built, dataclasses.replace(PLAIN, learning_rate=0.3), 1)
    step = trainer.step(*batch())
    for name, weight in built.named_parameters():
        assert torch.allclose(weight, before[name] - 0.3 * slopes[name], atol=1e-7), name
    assert trainer.steps == 1
    assert step.loss.shape == step.accuracy.shape == ()


def test_the_second_step_remembers_the_first() -> None:
    built = without_dropout(classifier())
    trainer = Trainer(built, dataclasses.replace(PLAIN, learning_rate=0.1, momentum=0.5), 1)
    first = gradients(built, *batch())
    trainer.step(*batch())
    between, second = parameters(built), gradients(built, *batch())
    trainer.step(*batch())
    for name, weight in built.named_parameters():
        assert torch.allclose(weight, between[name] - 0.1 * (second[name] + 0.5 * first[name]), atol=1e-6), (
            name
        )


def test_weights_decay_and_biases_do_not() -> None:
    built = classifier()
    before = parameters(built)
    trainer = Trainer(built, dataclasses.replace(PLAIN, learning_rate=0.5, weight_decay=0.1), 1)
    trainer.descend(torch.stack([weight.sum() for weight in built.parameters()]).sum() * 0)
    for name, weight in built.named_parameters():
        expected = before[name] * (0.95 if weight.ndim > 1 else 1)
        assert torch.allclose(weight, expected), name


def test_a_steps_length_can_be_limited() -> None:
    built = classifier()
    before = parameters(built)
    Trainer(built, dataclasses.replace(PLAIN, learning_rate=1.0, clip_norm=0.01), 1).step(*batch())
    moved = torch.cat([(w - before[name]).flatten() for name, w in built.named_parameters()])
    assert torch.linalg.vector_norm(moved).item() == pytest.approx(0.01, rel=1e-3)


def test_the_learning_rate_follows_the_schedule() -> None:
    cosine = TrainingSettings(epochs=10, learning_rate=0.2, warmup_epochs=0)
    assert [cosine.learning_rate_at(e) for e in (0, 5, 10, 12)] == pytest.approx([0.2, 0.1, 0, 0])
    assert cosine.learning_rate_at(2.5) == pytest.approx(0.1 * (1 + math.cos(math.pi / 4)))
    steps = dataclasses.replace(cosine, schedule="multi-step", milestones=(0.5, 0.8), decay=0.1)
    rates = [steps.learning_rate_at(e) for e in (0, 4.9, 5, 7.9, 8, 10)]
    assert rates == pytest.approx([0.2, 0.2, 0.02, 0.02, 0.002, 0.002])
    constant = dataclasses.replace(cosine, schedule="constant", warmup_epochs=2)
    assert [constant.learning_rate_at(e) for e in (0.5, 1, 2, 10)] == pytest.approx([0.05, 0.1, 0.2, 0.2])


def test_steps_use_the_rate_in_their_middle() -> None:
    trainer = Trainer(classifier(), dataclasses.replace(SETTINGS, epochs=2, warmup_epochs=0), 2)
    rates = []
    for _ in range(4):
        rates.append(trainer.learning_rate)
        trainer.step(*batch())
    expected = [0.05 * (1 + math.cos(math.pi * (step + 0.5) / 4)) for step in range(4)]
    assert rates == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("momentum", 1.0),
        ("weight_decay", -1.0),
        ("schedule", "linear"),
        ("milestones", (0.5, 30.0)),
        ("decay", 0.0),
        ("warmup_epochs", -1.0),
        ("clip_norm", 0.0),
        ("precision", "float16"),
        ("shift", -1),
        ("device", "tpu"),
    ],
)
def test_settings_that_cannot_be_used(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot be"):
        TrainingSettings(**{name: value})  # type: ignore[arg-type]


def test_transforms_see_float_crops_in_order_and_decide_what_is_learned() -> None:
    seen: list[Tensor] = []

    def darker(crops: Tensor) -> Tensor:
        seen.append(crops)
        return crops / 2

    def noisy(crops: Tensor) -> Tensor:
        seen.append(crops)
        return (crops + 0.1 * torch.rand_like(crops)).clamp(0, 1)

    trained = []
    for transforms in ((darker, noisy), (darker, noisy), ()):
        built = classifier()
        Trainer(built, PLAIN, 1, transforms).step(*batch())
        trained.append(weights(built))
    crops = batch()[0].float() / 255
    assert torch.equal(seen[0], crops)
    assert torch.equal(seen[1], crops / 2)
    assert torch.equal(trained[0], trained[1])
    assert not torch.equal(trained[0], trained[2])


def test_transforms_have_names() -> None:
    class Darker:
        def __call__(self, crops: Tensor) -> Tensor:
            return crops / 2

    class Grey(Darker):
        name = "grey"

    assert name_of(Darker()).endswith("Darker")
    assert name_of(Grey()) == "grey"
    assert name_of(torch.flip).endswith("flip")  # type: ignore[arg-type]


def test_flips_and_shifts_are_those_of_the_photo_with_repeated_edges() -> None:
    crops = torch.rand(64, 3, 6, 5)
    torch.manual_seed(0)
    varied = flipped_and_shifted(crops, flip=True, shift=2)
    assert varied.shape == crops.shape
    mirrored = []
    for crop, found in zip(crops, varied, strict=True):
        rows, columns = torch.arange(6), torch.arange(5)
        matches = [
            (flip, dy, dx)
            for flip in (False, True)
            for dy in range(-2, 3)
            for dx in range(-2, 3)
            if torch.equal(
                crop[:, (rows + dy).clamp(0, 5)][:, :, (columns + dx).clamp(0, 4)].flip(*[-1] * flip)
                if flip
                else crop[:, (rows + dy).clamp(0, 5)][:, :, (columns + dx).clamp(0, 4)],
                found,
            )
        ]
        assert len(matches) == 1
        mirrored.append(matches[0])
    assert len(set(mirrored)) > 25  # of 50 there are
    assert 16 < sum(flip for flip, _, _ in mirrored) < 48


def test_without_flips_and_shifts_crops_stay_as_they_are() -> None:
    crops = torch.rand(4, 3, 6, 6)
    assert torch.equal(flipped_and_shifted(crops, flip=False, shift=0), crops)


def test_gradients_pass_flips_and_shifts() -> None:
    crops = torch.rand(4, 3, 6, 6, dtype=torch.float64, requires_grad=True)

    def varied(values: Tensor) -> Tensor:
        torch.manual_seed(3)
        return flipped_and_shifted(values, flip=True, shift=2)

    assert torch.autograd.gradcheck(varied, (crops,))


def test_per_sample_losses_pass_first_and_second_derivatives_to_the_crops() -> None:
    built = without_dropout(classifier()).double().train()
    crops, labels = batch()[0][:3, :, :, :].double() / 255, torch.tensor([0, 1, 2])

    def losses(values: Tensor) -> Tensor:
        return built.losses(values, labels)

    step = torch.rand(crops.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 0.5

    def aligned(values: Tensor) -> Tensor:
        """The loss's gradient by the weights, along itself: gradient alignment with its own target."""
        trained = list(built.parameters())
        slopes = torch.autograd.grad(losses(values).mean(), trained, create_graph=True)
        return torch.stack([slope.square().sum() for slope in slopes]).sum()

    for function in (lambda values: losses(values).sum(), aligned):
        leaf = crops.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(function(leaf), leaf)
        length = 1e-5
        expected = (function(crops + length * step) - function(crops - length * step)) / (2 * length)
        assert (gradient * step).sum().item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_samples_loss_is_its_own() -> None:
    built = classifier().eval()
    crops, labels = batch()
    values = crops.float() / 255
    losses = built.losses(values, labels)
    alone = torch.cat([built.losses(v[None], n[None]) for v, n in zip(values, labels, strict=True)])
    assert losses.shape == (len(labels),)
    assert torch.allclose(losses, alone, atol=1e-5)
    expected = nn.functional.cross_entropy(built.margin_logits(values, labels), labels, reduction="none")
    assert torch.allclose(losses, expected)
    assert torch.allclose(built.head.logits(built.embed(values)), built.logits(values))


def test_mixed_precision_learns_almost_the_same() -> None:
    exact, mixed = classifier(), classifier()
    first = Trainer(exact, PLAIN, 1).step(*batch())
    trainer = Trainer(mixed, dataclasses.replace(PLAIN, precision="bfloat16"), 1)
    second = trainer.step(*batch())
    assert second.loss.dtype == torch.float32
    assert second.loss.item() == pytest.approx(first.loss.item(), rel=0.02)
    assert second.loss.item() != first.loss.item()
    assert all(weight.dtype == torch.float32 for weight in mixed.parameters())
    with trainer.autocast():
        assert torch.get_autocast_dtype("cpu") == torch.bfloat16
        assert torch.is_autocast_enabled("cpu")


def test_predictions_are_those_of_evaluation_mode_in_any_batches() -> None:
    built = classifier().train()
    crops, _ = photos()
    state = weights(built)
    found = built.predict(crops, batch_size=5)
    assert built.training
    assert torch.equal(weights(built), state)
    assert torch.equal(found, built.eval().logits(crops.float() / 255).argmax(1))
    assert found.dtype == torch.int64
    assert built.predict(crops[:0]).shape == (0,)


def test_a_new_classifiers_weights_depend_on_the_seed_alone() -> None:
    made = [
        weights(
            new_classifier("small-resnet", "cosface", PEOPLE, dimension=8, seed=seed, scale=16, margin=0.2)
        )
        for seed in (0, 0, 1)
    ]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_a_head_for_embeddings_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="tiny gives 8 values and cosface takes 9"):
        FaceClassifier(Tiny(), CosFace(9, PEOPLE))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(RecognizerError, match="no CUDA GPU"):
        Trainer(classifier(), dataclasses.replace(SETTINGS, device="cuda"), 1)
