"""What all benchmarks are given: where to compute, what to read the time from, how often to repeat."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import torch

from benchmarks.clock import Clock
from benchmarks.measurement import Seconds, Work, timed


@dataclass(frozen=True)
class Bench:
    """The conditions of one benchmark.

    Attributes:
        device: Where networks run.
        clock: What is read.
        threads: How many threads PyTorch and OpenCV use.
        repeats: How often everything is timed.
        quick: Whether it should be over in seconds: the figures are then good for nothing.
        data: A folder of photos; None for the samples.
        notes: What the record's reader has to know, such as what was left out; grows.
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    clock: Clock = field(default_factory=Clock)
    threads: int = 1
    repeats: int = 5
    quick: bool = False
    data: Path | None = None
    notes: list[str] = field(default_factory=list)

    def timed(self, work: Work, *, warm_up: int = 1) -> Seconds:
        """The seconds of each repeat of some work, after a warm-up."""
        return timed(work, self.clock, warm_up=warm_up, repeats=self.repeats)

    def note(self, text: str) -> None:
        """Keeps a remark for the record, and shows it."""
        if text not in self.notes:
            self.notes.append(text)
            print(f"note: {text}", file=sys.stderr, flush=True)
