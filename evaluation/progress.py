"""How far a benchmark has come: what it tells, and one that keeps silent."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Takes what a benchmark tells; the command line draws it."""

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins, such as "finding faces"; it ends where the next one begins."""
        ...

    def step(self, count: int = 1) -> None:
        """So many steps of the stage are done."""
        ...

    def line(self, text: str) -> None:
        """Something to be read."""
        ...


class Silent:
    """Says nothing."""

    def stage(self, name: str, total: int) -> None:
        """Says nothing."""

    def step(self, count: int = 1) -> None:
        """Says nothing."""

    def line(self, text: str) -> None:
        """Says nothing."""
