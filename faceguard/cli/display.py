"""Progress on standard error: a bar on a terminal, now and then a line elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from faceguard.printable import printable
from faceguard.progress import Progress

_WORDS = {"checking": "checking what is done", "finding": "finding faces", "protecting": "protecting"}
_SECONDS_BETWEEN_LINES = 10.0


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


class LineDisplay:
    """Plain lines: at the start and the end of a phase, and every ten seconds between.

    Args:
        progress: Whether to show progress at all.
    """

    def __init__(self, progress: bool) -> None:
        self._shows_progress = progress
        self._phase = ""
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to take down."""

    def progress(self, state: Progress) -> None:
        """Says a line, if it is time for one."""
        now = time.monotonic()
        due = state.current is None or state.phase != self._phase or now - self._last > _SECONDS_BETWEEN_LINES
        if not (self._shows_progress and due):
            return
        self._phase, self._last = state.phase, now
        parts = [f"{state.done:,} of {state.total:,} photos", *_speed(state)]
        self.line(f"{_WORDS[state.phase]}: {', '.join(parts)}")

    def line(self, text: str) -> None:
        """Says one line."""
        print(printable(text), file=sys.stderr, flush=True)


class BarDisplay:
    """A bar that stays below the lines."""

    def __init__(self) -> None:
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def progress(self, state: Progress) -> None:
        """Moves the bar."""
        if self._task is None:
            self._task = self._bar.add_task("", total=state.total, speed="")
        self._bar.update(
            self._task,
            description=_WORDS[state.phase],
            completed=state.done,
            total=state.total,
            speed=", ".join(_speed(state)),
        )

    def line(self, text: str) -> None:
        """Says one line above the bar."""
        self._bar.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


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
