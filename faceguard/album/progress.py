"""How far an album run has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Phase = Literal["checking", "finding", "protecting"]


@dataclass(frozen=True)
class Progress:
    """How far a run has come; each phase counts for itself.

    Attributes:
        phase: "checking" what earlier runs finished, "finding" faces, "protecting" them.
        done: The photos that are through this phase.
        total: The photos of the album.
        photos_per_second: The rate of this phase; 0 before its first photo.
        eta_seconds: How long the rest of this phase takes at that rate; None before its first photo.
        current: The photo being worked on, below the output folder; None when the phase is over.
    """

    phase: Phase
    done: int
    total: int
    photos_per_second: float
    eta_seconds: float | None
    current: Path | None


class PhaseMeter:
    """Counts one phase's photos and tells a callback.

    Args:
        report: Called with each state; None to count in silence.
        phase: The phase.
        total: The photos of the album.
        done: Those that need nothing in this phase; they do not count for its rate.
    """

    def __init__(
        self, report: Callable[[Progress], None] | None, phase: Phase, total: int, done: int = 0
    ) -> None:
        self._report = report
        self._phase: Phase = phase
        self._total = total
        self._skipped = done
        self._done = done
        self._started = time.monotonic()

    def working_on(self, current: Path | None) -> None:
        """Tells which photo is next; None at the end."""
        if self._report is None:
            return
        elapsed = time.monotonic() - self._started
        worked = self._done - self._skipped
        rate = worked / elapsed if worked and elapsed > 0 else 0.0
        eta = (self._total - self._done) / rate if rate > 0 else None
        self._report(Progress(self._phase, self._done, self._total, rate, eta, current))

    def finished(self, photos: int = 1) -> None:
        """Counts photos that are through."""
        self._done += photos
