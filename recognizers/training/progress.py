"""What training tells while it runs, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TrainingProgress:
    """How far training has come, after each step.

    Attributes:
        epoch: The epoch at work, from 1.
        epochs: How many there are.
        step: The steps done in it.
        steps: The steps of each epoch.
        loss: The mean loss of this step's batch, margin included.
        accuracy: The share of this step's batch that was named rightly.
        learning_rate: That of this step.
        eta_seconds: How long the rest takes at the rate so far.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    learning_rate: float
    eta_seconds: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: From 1.
        loss: The mean over its batches, each before the weights learned from it.
        accuracy: The share of its crops that was named rightly, likewise, as they were varied.
        seconds: How long it took, validation left out.
        metrics: What the validation callback returned.
    """

    number: int
    loss: float
    accuracy: float
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict)
