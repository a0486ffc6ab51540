"""Adversarial training: the victim learns from crops perturbed so that it is most wrong. Training only.

A network trained so cannot rely on what a change of the same size could undo, and small poisons are such
changes: adversarial training gives back most of the accuracy that they take (Tao et al., NeurIPS 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from evaluation.defenders.lesson import Lesson
from recognizers.training import Trainer

_FGSM_STEP = 1.25  # of epsilon; Wong et al. 2020, section 4.2
_PGD_REACH = 2.5  # of epsilon over all steps; Madry et al. 2018, appendix


@dataclass(frozen=True)
class Adversary:
    """Projected gradient steps up the loss, from a random start.

    With one step this is FGSM as Wong et al. 2020 ("Fast is better than free") train with; with more, the PGD
    of Madry et al. 2018.

    Attributes:
        epsilon: How far a value may move, in steps of 255.
        steps: How many gradient steps.

    Raises:
        ValueError: Epsilon is not above 0 and at most 255, or there is no step.
    """

    epsilon: float
    steps: int

    def __post_init__(self) -> None:
        if not 0 < self.epsilon <= 255 or self.steps < 1:
            raise ValueError(f"no adversary of epsilon {self.epsilon} in {self.steps} steps")

    def __call__(self, trainer: Trainer, lesson: Lesson) -> Lesson:
        """The lesson on perturbed crops.

        The classifier is in evaluation mode meanwhile (as in TRADES, Zhang et al. 2019), so that crops on the
        way do not enter its normalisation.
        """
        reach = self.epsilon / 255
        step = reach * (_FGSM_STEP if self.steps == 1 else _PGD_REACH / self.steps)
        trainer.classifier.eval()
        crops = (lesson.crops + reach * (2 * torch.rand_like(lesson.crops) - 1)).clamp(0, 1)
        for _ in range(self.steps):
            crops.requires_grad_()
            losses, _ = lesson.with_crops(crops).losses(trainer)
            gradient = torch.autograd.grad(losses.sum(), crops)[0]
            moved = crops.detach() + step * gradient.sign()
            crops = torch.clamp(moved, lesson.crops - reach, lesson.crops + reach).clamp(0, 1)
        return lesson.with_crops(crops)
