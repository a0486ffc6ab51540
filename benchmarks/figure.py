"""One measured figure: all its values, and what they come to."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fact = str | int | float | bool | None


@dataclass(frozen=True)
class Figure:
    """Repeats of one measurement.

    Attributes:
        name: What was measured, parts divided by slashes; a name stands once in a record.
        unit: What the values are in, such as "ms a face".
        values: Every repeat's, in their order; one at least.
        more_is_better: Whether larger values are the better ones.
        facts: What else is known of it, such as `gflops`.

    Raises:
        ValueError: There is no value.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    more_is_better: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"{self.name}: a figure has one value at least")

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The first and the third quartile: half of the values lie between them.

        Examples:
            >>> Figure("", "s", (4.0, 1.0, 2.0, 3.0, 5.0)).quartiles
            (2.0, 4.0)
        """
        if len(self.values) == 1:
            return self.values[0], self.values[0]
        first, _, third = statistics.quantiles(self.values, n=4, method="inclusive")
        return first, third

    @property
    def spread(self) -> float:
        """How far apart the quartiles are, as a share of the median; 0 where the median is."""
        first, third = self.quartiles
        return (third - first) / abs(self.median) if self.median else 0.0

    def to_json(self) -> dict[str, Any]:
        """What a record keeps of it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "quartiles": list(self.quartiles),
            "least": min(self.values),
            "most": max(self.values),
            "values": list(self.values),
            "more_is_better": self.more_is_better,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Figure:
        """The figure of what `to_json` gave."""
        return cls(
            stated["name"],
            stated["unit"],
            tuple(stated["values"]),
            stated["more_is_better"],
            stated["facts"],
        )

    def text(self) -> str:
        """The figure in a line."""
        first, third = self.quartiles
        beside = f" ({first:.4g} to {third:.4g}, n = {len(self.values)})" if len(self.values) > 1 else ""
        facts = ", ".join(f"{key} {_short(fact)}" for key, fact in self.facts.items())
        return f"{self.name}: {self.median:.4g} {self.unit}{beside}{f'; {facts}' if facts else ''}"


def _short(fact: Fact) -> str:
    return f"{fact:.3g}" if isinstance(fact, float) else str(fact)
