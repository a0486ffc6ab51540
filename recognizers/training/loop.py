"""Training from the first epoch, or from where it stopped, to the last."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from recognizers.errors import RecognizerError
from recognizers.training.augmentation import Transform
from recognizers.training.classifier import FaceClassifier
from recognizers.training.data import TrainingData, batches, count
from recognizers.training.progress import Epoch, TrainingProgress
from recognizers.training.saved_state import SavedState, described
from recognizers.training.settings import TrainingSettings
from recognizers.training.trainer import Step, Trainer

LearnStep = Callable[[Trainer, Tensor, Tensor], Step]


@dataclass(frozen=True)
class Training:
    """What training came to.

    Attributes:
        classifier: What was trained, in evaluation mode.
        history: Its epochs, those before a resumption included.
        finished: Whether it went through all epochs; else it was cancelled, and can go on.
    """

    classifier: FaceClassifier
    history: tuple[Epoch, ...]
    finished: bool


def train(
    classifier: FaceClassifier,
    data: TrainingData,
    settings: TrainingSettings,
    *,
    transforms: Sequence[Transform] = (),
    learn_step: LearnStep = Trainer.step,
    validate: Callable[[FaceClassifier], Mapping[str, float]] | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    checkpoint: Path | None = None,
    resume: bool = True,
    people: Sequence[str] | None = None,
    workers: int = 0,
) -> Training:
    """Trains a classifier. On one kind of CPU and as many threads, equal arguments give equal weights.

    Args:
        classifier: What is trained, from the weights it has; it is changed.
        data: Crops (N, 3, size, size), RGB, uint8 or float 0..1, and labels (N,), int64; or a Dataset of
            such pairs.
        settings: How.
        transforms: Applied to each batch of crops, see `Trainer`.
        learn_step: What is done with each batch; for adversarial training, mixup and the like.
        validate: Called after each epoch with the classifier in evaluation mode; what it returns is kept in
            the history.
        progress: Called after each step.
        cancelled: Asked before each step; when it says yes, training stops at once. The states of whole
            epochs are kept.
        checkpoint: Where the recogniser goes, NAME.safetensors, and the state after each epoch; in memory
            alone if not given.
        resume: Whether to go on from the states there, where they are of this same training.
        people: Who the labels are, for the sidecar.
        workers: How many processes read from a Dataset.

    Raises:
        ValueError: Data or settings that cannot be used.
        RecognizerError: Files cannot be read or written, or are of another training; or the loss became
            infinite.
    """
    total = count(data)
    if total < 2:
        raise ValueError(f"training takes at least two crops, not {total}")
    if isinstance(data, tuple):
        _check_labels(data[1], classifier.head.classes)
    if people is not None and len(people) != classifier.head.classes:
        raise ValueError(
            f"{len(people)} people are named, and the head has {classifier.head.classes} classes"
        )
    steps = max(1, total // settings.batch_size)
    trainer = Trainer(classifier, settings, steps, transforms)
    saved = None if checkpoint is None else SavedState(checkpoint, described(trainer, data, people))
    history: list[Epoch] = []
    if saved is not None:
        if resume:
            history = saved.restore(trainer)
        else:
            saved.forget()
    meter = _Meter(settings, steps, progress)
    while len(history) < settings.epochs:
        epoch = _epoch(trainer, data, len(history) + 1, learn_step, meter, cancelled, workers)
        if epoch is None:
            classifier.eval()
            return Training(classifier, tuple(history), finished=False)
        classifier.eval()
        if validate is not None:
            epoch = Epoch(epoch.number, epoch.loss, epoch.accuracy, epoch.seconds, dict(validate(classifier)))
        history.append(epoch)
        if saved is not None:
            saved.save(trainer, history)
    return Training(classifier.eval(), tuple(history), finished=True)


def _epoch(
    trainer: Trainer,
    data: TrainingData,
    number: int,
    learn_step: LearnStep,
    meter: _Meter,
    cancelled: Callable[[], bool] | None,
    workers: int,
) -> Epoch | None:
    """One epoch; None where it was cancelled."""
    settings = trainer.settings
    started = time.perf_counter()
    done = []
    for crops, labels in batches(data, settings.batch_size, settings.seed, number, workers):
        if cancelled is not None and cancelled():
            return None
        learning_rate = trainer.learning_rate
        with trainer.randomness():
            done.append(learn_step(trainer, crops, labels))
        meter.stepped(number, len(done), done[-1], learning_rate)
    loss = torch.stack([step.loss for step in done]).mean().item()
    accuracy = torch.stack([step.accuracy for step in done]).mean().item()
    if not math.isfinite(loss):
        raise RecognizerError(
            f"training came to a loss of {loss} in epoch {number}; "
            f"lower learning_rate ({settings.learning_rate}) or limit the steps with clip_norm"
        )
    return Epoch(number, loss, accuracy, time.perf_counter() - started)


class _Meter:
    """Tells a callback how far training has come."""

    def __init__(
        self, settings: TrainingSettings, steps: int, report: Callable[[TrainingProgress], None] | None
    ) -> None:
        self._settings = settings
        self._steps = steps
        self._report = report
        self._started = time.perf_counter()
        self._done = 0

    def stepped(self, epoch: int, step: int, result: Step, learning_rate: float) -> None:
        self._done += 1
        if self._report is None:
            return
        left = (self._settings.epochs - epoch + 1) * self._steps - step
        each = (time.perf_counter() - self._started) / self._done
        self._report(
            TrainingProgress(
                epoch,
                self._settings.epochs,
                step,
                self._steps,
                result.loss.item(),
                result.accuracy.item(),
                learning_rate,
                left * each,
            )
        )


def _check_labels(labels: Tensor, classes: int) -> None:
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}; "
            f"a head of {classes} classes takes 0 to {classes - 1}"
        )
