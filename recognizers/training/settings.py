"""How a recogniser is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Schedule = Literal["cosine", "multi-step", "constant"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class TrainingSettings:
    """Stochastic gradient descent with momentum, and how the photos are varied.

    Attributes:
        epochs: How often every photo is shown.
        batch_size: Photos in each step.
        learning_rate: The highest.
        momentum: That of the descent.
        weight_decay: Of all weights but biases and those of normalisation layers.
        schedule: How the learning rate falls: "cosine" to zero, "multi-step" by `decay` at each milestone,
            or "constant".
        milestones: Where "multi-step" steps, in shares of the epochs.
        decay: What "multi-step" multiplies by.
        warmup_epochs: How long the learning rate rises from zero at the beginning.
        clip_norm: The longest gradient (all weights together) that a step may follow; None for any.
        precision: What the backbone computes in: "bfloat16" (automatic mixed precision), "float32", or
            "auto" for bfloat16 where the device computes in it directly.
        flip: Whether every other crop is mirrored, at random.
        shift: By how many pixels crops are shifted at most, along each axis; edges are repeated.
        seed: Decides everything random.
        device: "auto", "cpu" or "cuda"; auto takes a GPU where there is one.

    Raises:
        ValueError: A setting cannot be used.
    """

    epochs: int = 25
    batch_size: int = 32
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    schedule: Schedule = "cosine"
    milestones: tuple[float, ...] = (0.5, 0.75, 0.9)
    decay: float = 0.1
    warmup_epochs: float = 1.0
    clip_norm: float | None = None
    precision: Precision = "auto"
    flip: bool = True
    shift: int = 4
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        wrong = [name for name, possible in self._checks() if not possible]
        if wrong:
            raise ValueError(f"{wrong[0]} cannot be {getattr(self, wrong[0])!r}")

    def _checks(self) -> list[tuple[str, bool]]:
        return [
            ("epochs", self.epochs >= 1),
            ("batch_size", self.batch_size >= 2),  # normalisation over a batch needs two
            ("learning_rate", self.learning_rate > 0),
            ("momentum", 0 <= self.momentum < 1),
            ("weight_decay", self.weight_decay >= 0),
            ("schedule", self.schedule in get_args(Schedule)),
            ("milestones", all(0 < share < 1 for share in self.milestones)),
            ("decay", 0 < self.decay <= 1),
            ("warmup_epochs", self.warmup_epochs >= 0),
            ("clip_norm", self.clip_norm is None or self.clip_norm > 0),
            ("precision", self.precision in get_args(Precision)),
            ("shift", self.shift >= 0),
            ("device", self.device in ("auto", "cpu", "cuda")),
        ]

    def learning_rate_at(self, epoch: float) -> float:
        """The learning rate after so many epochs, fractions of one included; at the end, the last.

        Args:
            epoch: From 0 to `epochs`.
        """
        done = min(1.0, epoch / self.epochs)
        rate = self.learning_rate
        if self.schedule == "cosine":
            rate *= (1 + math.cos(math.pi * done)) / 2
        if self.schedule == "multi-step":
            rate *= self.decay ** sum(done >= milestone for milestone in self.milestones)
        return rate * min(1.0, epoch / self.warmup_epochs) if self.warmup_epochs else rate
