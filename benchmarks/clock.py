"""Clocks: the wall's, and the processor's for machines that others use at the same time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

import torch

from faceguard.errors import SettingsError

Kind = Literal["wall", "cpu"]


@dataclass(frozen=True)
class Clock:
    """Reads seconds.

    Attributes:
        kind: "wall" for the time that passes, "cpu" for what this process's threads use of the processor,
            which other programs hardly disturb.
        device: Where the work is done; a GPU is waited for before the clock is read.

    Raises:
        SettingsError: The processor's time of work that a GPU does.
    """

    kind: Kind = "wall"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __post_init__(self) -> None:
        if self.kind == "cpu" and self.device.type != "cpu":
            raise SettingsError(f"--clock cpu does not see what {self.device} does; use --clock wall")

    def read(self) -> float:
        """Seconds since some moment."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter() if self.kind == "wall" else time.process_time()


@dataclass(frozen=True)
class ThreadClock(Clock):
    """The same for one thread: its "cpu" is what the thread that reads it uses, and no other."""

    def read(self) -> float:
        """Seconds since some moment; to be compared within one thread only."""
        return super().read() if self.kind == "wall" else time.thread_time()
