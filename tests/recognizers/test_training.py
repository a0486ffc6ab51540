"""The training loop: what it learns, that it is reproducible, and what it tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from recognizers import RecognizerError
from recognizers.training import FaceClassifier, Step, Trainer, TrainingProgress, train
from recognizers.training.data import batches
from tests.recognizers.tiny_training import PEOPLE, SETTINGS, classifier, photos, weights


class Streamed(Dataset[Any]):
    """The same photos one by one."""

    def __init__(self) -> None:
        self.crops, self.labels = photos()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.crops[index], int(self.labels[index])


def test_it_learns_to_tell_people_apart() -> None:
    settings = dataclasses.replace(SETTINGS, epochs=15, learning_rate=0.05)
    result = train(classifier(), photos(), settings)
    crops, labels = photos(seed=1)
    assert result.finished
    assert not result.classifier.training
    assert (result.classifier.predict(crops) == labels).double().mean() > 0.9
    assert result.history[-1].loss < 0.5 * result.history[0].loss
    assert result.history[-1].accuracy > 0.9


def test_equal_seeds_give_equal_weights_and_others_do_not() -> None:
    first, again = (train(classifier(), photos(), SETTINGS).classifier for _ in range(2))
    other = train(classifier(), photos(), dataclasses.replace(SETTINGS, seed=1)).classifier
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


def test_the_global_generator_has_no_say_and_goes_on_as_if_nothing_had_been() -> None:
    trained = []
    for seed in (5, 6):
        built = classifier()
        torch.manual_seed(seed)
        trained.append(weights(train(built, photos(), SETTINGS).classifier))
        after = torch.rand(3)
        torch.manual_seed(seed)
        assert torch.equal(after, torch.rand(3))
    assert torch.equal(*trained)


@pytest.mark.parametrize("workers", [0, 2])
def test_streamed_photos_give_the_same_weights(workers: int) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=2)
    expected = train(classifier(), photos(), settings).classifier
    found = train(classifier(), Streamed(), settings, workers=workers).classifier
    assert torch.equal(weights(found), weights(expected))


def test_bytes_and_floats_are_the_same_photos() -> None:
    crops, labels = photos()
    expected = train(classifier(), (crops, labels), SETTINGS).classifier
    found = train(classifier(), (crops.float() / 255, labels), SETTINGS).classifier
    assert torch.equal(weights(found), weights(expected))


def test_an_epoch_shows_each_photo_once_in_an_order_of_its_own() -> None:
    crops, labels = torch.arange(25.0).view(25, 1, 1, 1), torch.zeros(25, dtype=torch.int64)
    epochs = [
        [batch.flatten().tolist() for batch, _ in batches((crops, labels), 8, seed=0, epoch=epoch)]
        for epoch in (1, 1, 2)
    ]
    assert epochs[0] == epochs[1] != epochs[2]
    for epoch in epochs:
        shown = [number for batch in epoch for number in batch]
        assert [len(batch) for batch in epoch] == [8, 8, 8]  # the one left over waits
        assert len(set(shown)) == 24


def test_fewer_photos_than_a_batch_are_one_batch() -> None:
    data = (torch.zeros(5, 3, 16, 16), torch.zeros(5, dtype=torch.int64))
    assert [len(labels) for _, labels in batches(data, 8, seed=0, epoch=1)] == [5]


def test_progress_is_told_after_each_step() -> None:
    told: list[TrainingProgress] = []
    train(classifier(), photos(), SETTINGS, progress=told.append)
    assert [(each.epoch, each.step) for each in told] == [(e, s) for e in (1, 2, 3) for s in (1, 2, 3)]
    assert {(each.epochs, each.steps) for each in told} == {(3, 3)}
    assert told[-1].eta_seconds == 0
    assert told[0].eta_seconds > 0
    assert all(0 <= each.accuracy <= 1 and each.loss > 0 and each.learning_rate > 0 for each in told)


def test_validation_sees_the_classifier_at_rest_after_each_epoch() -> None:
    modes = []

    def validate(trained: FaceClassifier) -> Mapping[str, float]:
        modes.append(trained.training)
        return {"epochs so far": len(modes)}

    result = train(classifier(), photos(), SETTINGS, validate=validate)
    assert modes == [False, False, False]
    assert [epoch.metrics for epoch in result.history] == [{"epochs so far": n} for n in (1, 2, 3)]
    assert [epoch.number for epoch in result.history] == [1, 2, 3]
    assert torch.equal(
        weights(result.classifier), weights(train(classifier(), photos(), SETTINGS).classifier)
    )


def test_cancelling_stops_at_once() -> None:
    told: list[TrainingProgress] = []
    result = train(classifier(), photos(), SETTINGS, progress=told.append, cancelled=lambda: len(told) == 4)
    assert not result.finished
    assert not result.classifier.training
    assert len(told) == 4
    assert [epoch.number for epoch in result.history] == [1]


def test_what_is_done_with_a_batch_can_be_replaced() -> None:
    """Adversarial training, say: the photos as varied, then changed with the classifier's own gradients."""
    changes = []

    def adversarial(trainer: Trainer, crops: Tensor, labels: Tensor) -> Step:
        varied = trainer.varied(crops).requires_grad_()
        (gradient,) = torch.autograd.grad(trainer.classifier.losses(varied, labels).sum(), varied)
        changed = (varied.detach() + 0.03 * gradient.sign()).clamp(0, 1)
        changes.append((changed - varied.detach()).abs().max().item())
        return trainer.learn(changed, labels)

    first, again = (train(classifier(), photos(), SETTINGS, learn_step=adversarial) for _ in range(2))
    assert len(changes) == 18
    assert max(changes) == pytest.approx(0.03, abs=1e-6)
    assert torch.equal(weights(first.classifier), weights(again.classifier))
    plain = train(classifier(), photos(), SETTINGS)
    assert not torch.equal(weights(first.classifier), weights(plain.classifier))


def test_training_that_diverges_is_said() -> None:
    settings = dataclasses.replace(SETTINGS, learning_rate=1e30)
    with pytest.raises(RecognizerError, match=r"a loss of nan in epoch \d; lower learning_rate \(1e\+30\)"):
        train(classifier(), photos(), settings)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ((torch.zeros(3, 3, 16, 16), torch.tensor([0, 1, PEOPLE])), "from 0 to 4; a head of 4 classes"),
        ((torch.zeros(3, 3, 16, 16), torch.tensor([-1, 0, 1])), "from -1 to 1"),
        ((torch.zeros(3, 3, 16, 16), torch.tensor([0, 1])), r"3 crops need labels \(3,\), int64, not \(2,\)"),
        ((torch.zeros(2, 3, 16, 16), torch.zeros(2)), "int64"),
        ((torch.zeros(1, 3, 16, 16), torch.tensor([0])), "at least two crops, not 1"),
        ((torch.zeros(4, 3, 20, 20), torch.tensor([0, 1, 2, 3])), r"takes crops \(B, 3, 16, 16\)"),
        ((torch.zeros(4, 1, 16, 16), torch.tensor([0, 1, 2, 3])), r"takes crops \(B, 3, 16, 16\)"),
    ],
)
def test_data_that_cannot_be_used(data: tuple[Tensor, Tensor], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        train(classifier(), data, SETTINGS)
