"""Mixup: the victim learns from pairs of photos blended into one (Zhang et al., ICLR 2018). Training only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from evaluation.defenders.lesson import Lesson


@dataclass(frozen=True)
class Mixup:
    """Blends each crop with another one of its batch; both people count by their share.

    Attributes:
        alpha: The share of the first is drawn from Beta(alpha, alpha), once for a batch.

    Raises:
        ValueError: It is not a number above 0.
    """

    alpha: float

    def __post_init__(self) -> None:
        if not 0 < self.alpha < math.inf:
            raise ValueError(f"alpha is above 0, not {self.alpha}")

    def __call__(self, lesson: Lesson) -> Lesson:
        """Draws from PyTorch's global generator."""
        share = float(torch.distributions.Beta(self.alpha, self.alpha).sample())
        order = torch.randperm(len(lesson)).to(lesson.labels.device)
        blended = share * lesson.crops + (1 - share) * lesson.crops[order]
        return Lesson(blended, lesson.labels, lesson.labels[order], share)
