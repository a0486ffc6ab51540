"""Where progress is drawn on standard error: a bar with lines above it, or lines alone."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from faceguard.cli.console import say_aside
from faceguard.text.printable import printable

SECONDS_BETWEEN_LINES = 10.0


class LineScreen:
    """Plain lines; a context manager like `BarScreen`, with nothing to take down."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to take down."""

    def line(self, text: str) -> None:
        """Says one line that stays."""
        say_aside(printable(text))


class BarScreen:
    """A bar that stays below the lines, for a terminal; a context manager, as it has to be taken down.

    Args:
        last: What stands behind the bar and its numbers.
    """

    def __init__(self, last: ProgressColumn) -> None:
        self.bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            last,
            console=Console(stderr=True),
            transient=True,
        )
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def line(self, text: str) -> None:
        """Says one line above the bar."""
        self.bar.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
