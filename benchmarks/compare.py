"""Two records of one benchmark: the ratio of their medians, and what moved by more than the spread.

A figure has moved where the quartiles of its two sets of values do not overlap; with fewer than three values
on a side nobody can tell, and `?` says so. Ratios are second through first, with the least and the greatest
that the quartiles allow.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.record import Record, read_record
from faceguard.errors import SettingsError

_SAME = ("cpu", "cores", "threads", "device", "clock")
_SAME_VARIABLES = ("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "TORCH", "CUDA_", "MALLOC_")
_MAY_DIFFER = ("repeats", "threads")  # how many threads there were stands in the machine
_FEWEST = 3


@dataclass(frozen=True)
class Change:
    """A figure in two records.

    Attributes:
        before: In the first.
        after: In the second.
    """

    before: Figure
    after: Figure

    @property
    def ratio(self) -> float | None:
        """The second median through the first; None where the first is 0."""
        return self.after.median / self.before.median if self.before.median else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest ratio of values between the quartiles; None where one is not above 0."""
        (low, high), (other_low, other_high) = self.before.quartiles, self.after.quartiles
        return (other_low / high, other_high / low) if low > 0 else None

    @property
    def verdict(self) -> str:
        """ "better", "worse", "" where nothing moved by more than the spread, "?" with too few values."""
        if min(len(self.before.values), len(self.after.values)) < _FEWEST:
            return "?" if self.before.median != self.after.median else ""
        (low, high), (other_low, other_high) = self.before.quartiles, self.after.quartiles
        if low <= other_high and other_low <= high:
            return ""
        return "better" if (other_low > high) == self.before.more_is_better else "worse"


def compared(first: Record, second: Record, *, anyway: bool = False) -> list[Change]:
    """The figures that both records have, in the first one's order.

    Args:
        first: The record before.
        second: The record after.
        anyway: Take them although they were made under different conditions.

    Raises:
        SettingsError: They are of different benchmarks, share no figure, or were made on different machines,
            with other threads or options.
    """
    if first.benchmark != second.benchmark:
        raise SettingsError(f"{first.benchmark} cannot be compared with {second.benchmark}")
    different = differences(first, second)
    if different and not anyway:
        raise SettingsError(
            f"made under different conditions (--anyway compares them): {'; '.join(different)}"
        )
    after = {figure.name: figure for figure in second.figures}
    both = [Change(figure, after[figure.name]) for figure in first.figures if figure.name in after]
    if not both:
        raise SettingsError("the two records have no figure in common")
    return both


def differences(first: Record, second: Record) -> list[str]:
    """In what the conditions differ that decide figures; versions and commits may, being what is compared."""
    found = [
        f"{key} {first.machine[key]} and {second.machine[key]}"
        for key in _SAME
        if first.machine[key] != second.machine[key]
    ]
    found += _apart("", _variables(first), _variables(second))
    return found + _apart("--", _options(first), _options(second))


def _apart(prefix: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    keys = sorted({*one, *other})
    apart = [key for key in keys if one.get(key) != other.get(key)]
    return [f"{prefix}{key} {one.get(key)} and {other.get(key)}" for key in apart]


def _variables(record: Record) -> dict[str, str]:
    environment = record.machine["environment"]
    return {key: value for key, value in environment.items() if key.startswith(_SAME_VARIABLES)}


def _options(record: Record) -> dict[str, Any]:
    return {key.replace("_", "-"): entry for key, entry in record.options.items() if key not in _MAY_DIFFER}


def main(argv: Sequence[str]) -> int:
    """`python -m benchmarks compare A.json B.json`; 1 where something became worse and `--fail` was given."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("first", type=Path, help="the record before")
    parser.add_argument("second", type=Path, help="the record after")
    parser.add_argument("--anyway", action="store_true", help="though machines, threads or options differ")
    parser.add_argument("--fail", action="store_true", help="exit with 1 where something became worse")
    options = parser.parse_args(argv)
    first, second = read_record(options.first), read_record(options.second)
    changes = compared(first, second, anyway=options.anyway)
    for text in differences(first, second):
        print(f"note: different conditions: {text}")
    for line in lines(changes):
        print(line)
    for title, record, other in (("first", first, second), ("second", second, first)):
        alone = {figure.name for figure in record.figures} - {figure.name for figure in other.figures}
        if alone:
            print(f"in the {title} record only: {', '.join(sorted(alone))}")
    return int(options.fail and any(change.verdict == "worse" for change in changes))


def lines(changes: Sequence[Change]) -> list[str]:
    """A table in plain text."""
    width = max(len(change.before.name) for change in changes)
    table = [f"{'':<{width}}  {'before':>10}  {'after':>10}  {'ratio':>6}  {'between':<15}"]
    for change in changes:
        ratio = "" if change.ratio is None else f"{change.ratio:.3f}"
        between = "" if change.bounds is None else f"{change.bounds[0]:.3f} to {change.bounds[1]:.3f}"
        table.append(
            f"{change.before.name:<{width}}  {change.before.median:>10.4g}  {change.after.median:>10.4g}  "
            f"{ratio:>6}  {between:<15}  {change.before.unit}  {change.verdict}".rstrip()
        )
    return table
