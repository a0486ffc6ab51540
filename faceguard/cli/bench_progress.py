"""A benchmark's progress on standard error: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from evaluation.progress import Progress
from faceguard.printable import printable

_SECONDS_BETWEEN_LINES = 10.0


class BenchDisplay(Progress, Protocol):
    """Shows progress; a context manager, as a bar has to be taken down."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def bench_display(quiet: bool) -> BenchDisplay:
    """The display that suits standard error."""
    if quiet:
        return BenchLines(progress=False)
    return BenchBar() if sys.stderr.isatty() else BenchLines(progress=True)


class BenchLines:
    """Plain lines: every ten seconds, how far the stage has come.

    Args:
        progress: Whether to show progress at all.
    """

    def __init__(self, progress: bool) -> None:
        self._shows_progress = progress
        self._name, self._done, self._total = "", 0, 0
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to take down."""

    def stage(self, name: str, total: int) -> None:
        """See `Progress.stage`."""
        self._name, self._done, self._total = name, 0, total

    def step(self, count: int = 1) -> None:
        """See `Progress.step`."""
        self._done += count
        now = time.monotonic()
        if self._shows_progress and now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            self.line(f"{self._name}: {self._done:,} of {self._total:,}")

    def line(self, text: str) -> None:
        """See `Progress.line`."""
        print(printable(text), file=sys.stderr, flush=True)


class BenchBar:
    """A bar that stays below the lines."""

    def __init__(self) -> None:
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
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

    def stage(self, name: str, total: int) -> None:
        """See `Progress.stage`."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(printable(name), total=total)

    def step(self, count: int = 1) -> None:
        """See `Progress.step`."""
        if self._task is not None:
            self._bar.advance(self._task, count)

    def line(self, text: str) -> None:
        """See `Progress.line`."""
        self._bar.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
