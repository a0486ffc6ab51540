"""A student that learns from another network's answers in place of names."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from faceguard.methods.blunt_answers import blunted
from faceguard.methods.ungeneralizable_losses import distillation
from recognizers.training import FaceClassifier, Trainer
from recognizers.training.trainer import Step


@dataclass(frozen=True, eq=False)
class Distilling:
    """What is done with a batch, for `recognizers.training.train`.

    G. Hinton et al., Distilling the Knowledge in a Neural Network (2015), by the teacher's answers alone: the
    names would lead the student to whatever shortcut the photos have.

    Attributes:
        teacher: Answers on the crops as the student is shown them; on the student's device, in evaluation
            mode.
        temperature: How soft the answers are made.
        blunt: Whether it answers bluntly, see `faceguard.methods.blunt_answers`.
    """

    teacher: FaceClassifier
    temperature: float
    blunt: bool = False

    def __call__(self, trainer: Trainer, crops: Tensor, labels: Tensor) -> Step:
        """One step; see `Trainer.step`."""
        with trainer.randomness():
            shown = trainer.varied(crops)
            with torch.no_grad(), trainer.autocast():
                answers = self.teacher.logits(shown)
            trainer.classifier.train()
            with trainer.autocast():
                scores = trainer.classifier.logits(shown)
            if self.blunt:
                answers = blunted(answers.float())
            loss = distillation(answers, scores, self.temperature)
            trainer.descend(loss)
        named = scores.detach().argmax(1) == labels.to(trainer.device)
        return Step(loss.detach(), named.float().mean())
