"""A benchmark's progress on standard error: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from rich.progress import TimeRemainingColumn

from evaluation.progress import Progress
from faceguard.cli.screen import SECONDS_BETWEEN_LINES, BarScreen, LineScreen
from faceguard.text.printable import printable


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


class BenchLines(LineScreen):
    """Plain lines: every ten seconds, how far the stage has come.

    Args:
        progress: Whether to show progress at all.
    """

    def __init__(self, progress: bool) -> None:
        self._shows_progress = progress
        self._name, self._done, self._total = "", 0, 0
        self._last = time.monotonic()

    def stage(self, name: str, total: int) -> None:
        """See `Progress.stage`."""
        self._name, self._done, self._total = name, 0, total

    def step(self, count: int = 1) -> None:
        """See `Progress.step`."""
        self._done += count
        now = time.monotonic()
        if self._shows_progress and now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            self.line(f"{self._name}: {self._done:,} of {self._total:,}")


class BenchBar(BarScreen):
    """A bar with the time remaining behind it, a new one for each stage."""

    def __init__(self) -> None:
        super().__init__(TimeRemainingColumn())

    def stage(self, name: str, total: int) -> None:
        """See `Progress.stage`."""
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.task = self.bar.add_task(printable(name), total=total)

    def step(self, count: int = 1) -> None:
        """See `Progress.step`."""
        if self.task is not None:
            self.bar.advance(self.task, count)
