"""Records of made-up figures."""

from __future__ import annotations

from typing import Any

from benchmarks.figure import Figure
from benchmarks.record import Record

MACHINE: dict[str, Any] = {
    "cpu": "Abacus",
    "cores": 2,
    "threads": 1,
    "device": "cpu (1 thread)",
    "memory_gib": 8.0,
    "clock": "wall",
    "versions": {"torch": "9.9"},
    "environment": {"OMP_WAIT_POLICY": "PASSIVE"},
}


def figure(
    *values: float, name: str = "step", unit: str = "ms a face", more_is_better: bool = False, **facts: Any
) -> Figure:
    """A figure of these values."""
    return Figure(name, unit, values, more_is_better, facts)


def record(*figures: Figure, options: dict[str, Any] | None = None, **machine: Any) -> Record:
    """A record of a benchmark called "made"."""
    return Record(
        "made", options or {}, {**MACHINE, **machine}, figures, ("a remark",), "2026-01-01T00:00:00"
    )
