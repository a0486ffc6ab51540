"""Progress on standard error: a bar on a terminal, now and then a line elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.progress import TextColumn

from faceguard.album.progress import Progress
from faceguard.cli.screen import SECONDS_BETWEEN_LINES, BarScreen, LineScreen

_WORDS = {"checking": "checking what is done", "finding": "finding faces", "protecting": "protecting"}


class Display(Protocol):
    """Shows how far a run has come; a context manager, as a bar has to be taken down."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def progress(self, state: Progress) -> None:
        """Takes the state of the run."""
        ...

    def line(self, text: str) -> None:
        """Says one line that stays."""
        ...


def display(quiet: bool) -> Display:
    """The display that suits standard error."""
    if quiet:
        return LineDisplay(progress=False)
    return BarDisplay() if sys.stderr.isatty() else LineDisplay(progress=True)


class LineDisplay(LineScreen):
    """Plain lines: at the start and the end of a phase, and every ten seconds between.

    Args:
        progress: Whether to show progress at all.
    """

    def __init__(self, progress: bool) -> None:
        self._shows_progress = progress
        self._phase = ""
        self._last = 0.0

    def progress(self, state: Progress) -> None:
        """Says a line, if it is time for one."""
        now = time.monotonic()
        due = state.current is None or state.phase != self._phase or now - self._last > SECONDS_BETWEEN_LINES
        if not (self._shows_progress and due):
            return
        self._phase, self._last = state.phase, now
        parts = [f"{state.done:,} of {state.total:,} photos", *_speed(state)]
        self.line(f"{_WORDS[state.phase]}: {', '.join(parts)}")


class BarDisplay(BarScreen):
    """A bar with the speed behind it."""

    def __init__(self) -> None:
        super().__init__(TextColumn("{task.fields[speed]}", markup=False))

    def progress(self, state: Progress) -> None:
        """Moves the bar."""
        if self.task is None:
            self.task = self.bar.add_task("", total=state.total, speed="")
        self.bar.update(
            self.task,
            description=_WORDS[state.phase],
            completed=state.done,
            total=state.total,
            speed=", ".join(_speed(state)),
        )


def _speed(state: Progress) -> list[str]:
    if state.photos_per_second <= 0:
        return []
    per_second = state.photos_per_second
    rate = f"{per_second:.2g} photos/s" if per_second < 10 else f"{per_second:,.0f} photos/s"
    if state.eta_seconds is None or state.current is None:
        return [rate]
    return [rate, f"about {_duration(state.eta_seconds)} to go"]


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
