"""A training step with defences around it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from evaluation.defenders.adversary import Adversary
from evaluation.defenders.dp_sgd import DpSgd
from evaluation.defenders.lesson import Lesson
from evaluation.defenders.mixup import Mixup
from recognizers.training import Step, Trainer


@dataclass(frozen=True)
class DefendedStep:
    """Varies a batch, mixes it, perturbs it and learns from it, as far as these are asked for.

    Called as a `learn_step` of `recognizers.training.train`.

    Attributes:
        mixup: What blends photos.
        adversary: What perturbs them.
        privacy: How gradients are made, other than in the usual way.
    """

    mixup: Mixup | None = None
    adversary: Adversary | None = None
    privacy: DpSgd | None = None

    def __call__(self, trainer: Trainer, crops: Tensor, labels: Tensor) -> Step:
        labels = labels.to(trainer.device)
        lesson = Lesson(trainer.varied(crops), labels, labels)
        if self.mixup is not None:
            lesson = self.mixup(lesson)
        if self.adversary is not None:
            lesson = self.adversary(trainer, lesson)
        return _learn(trainer, lesson) if self.privacy is None else self.privacy.learn(trainer, lesson)


def _learn(trainer: Trainer, lesson: Lesson) -> Step:
    trainer.classifier.train()
    losses, hits = lesson.losses(trainer)
    trainer.descend(losses.mean())
    return Step(losses.detach().mean(), hits.float().mean())
