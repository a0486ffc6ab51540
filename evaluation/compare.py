"""Two results side by side: what changed, and whether it is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.intervals import PersonSums, unpaired_difference
from evaluation.results import Json, Metric, Result
from faceguard.errors import SettingsError

Sums = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Difference:
    """One figure in two results.

    Attributes:
        recogniser: Whose.
        case: In which case.
        metric: Which figure.
        before: In the first result.
        after: In the second.
        difference: after - before with its interval; no value where either is missing.
        paired: Whether the interval comes from the same persons' trials in both. Otherwise the two are taken
            as independent, which makes it wider than it need be where they are of the same people.
    """

    recogniser: str
    case: str
    metric: str
    before: Metric
    after: Metric
    difference: Metric
    paired: bool

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and not low <= 0 <= high

    def to_json(self) -> dict[str, Json]:
        """The difference as JSON values."""
        return {
            "recogniser": self.recogniser,
            "case": self.case,
            "metric": self.metric,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "difference": self.difference.to_json(),
            "paired": self.paired,
            "beyond_chance": self.beyond_chance,
        }


@dataclass(frozen=True)
class Comparison:
    """All figures two results share.

    Attributes:
        benchmark: Which benchmark both are of.
        differences: In the order of the first result.
        settings: Setting -> (first, second), where they differ.
        versions: Package -> (first, second), where they differ; None where one does not name it.
        only_first: "recogniser, case, metric" of figures that the first alone has.
        only_second: The same of the second.
    """

    benchmark: str
    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[Json, Json]]
    versions: Mapping[str, tuple[Json, Json]]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "benchmark": self.benchmark,
            "settings": {name: list(both) for name, both in self.settings.items()},
            "versions": {name: list(both) for name, both in self.versions.items()},
            "differences": [one.to_json() for one in self.differences],
            "only_first": list(self.only_first),
            "only_second": list(self.only_second),
        }


def compare(first: Result, second: Result) -> Comparison:
    """Compares two results of the same benchmark, protocol and data.

    Raises:
        SettingsError: They are not of the same benchmark, protocol or data, or share no figure; the text says
            what differs.
    """
    _refuse_different(first, second)
    before, after = dict(_figures(first)), dict(_figures(second))
    shared = [key for key in before if key in after]
    if not shared:
        raise SettingsError("the two results have no recogniser, case and figure in common")
    return Comparison(
        benchmark=first.benchmark,
        differences=tuple(_difference(key, before[key], after[key], first, second) for key in shared),
        settings=_changes(first.settings, second.settings),
        versions=_changes(first.versions, second.versions),
        only_first=tuple(", ".join(key) for key in before if key not in after),
        only_second=tuple(", ".join(key) for key in after if key not in before),
    )


Key = tuple[str, str, str]


def _figures(result: Result) -> Iterator[tuple[Key, Metric]]:
    for recogniser, cases in result.metrics.items():
        for case, metrics in cases.items():
            yield from (((recogniser, case, name), metric) for name, metric in metrics.items())


def _refuse_different(first: Result, second: Result) -> None:
    if first.benchmark != second.benchmark:
        raise SettingsError(
            f"a result of {first.benchmark!r} and one of {second.benchmark!r} cannot be compared: "
            "the benchmarks must be the same"
        )
    for name, changes in (
        ("protocol", _changes(first.protocol, second.protocol)),
        ("data", _changes(first.data, second.data)),
    ):
        if changes:
            told = "; ".join(f"{key}: {one!r} and {two!r}" for key, (one, two) in changes.items())
            raise SettingsError(f"the two results differ in their {name}, so they cannot be compared: {told}")


def _changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Json, Json]]:
    names = [*first, *(name for name in second if name not in first)]
    both = {name: (first.get(name), second.get(name)) for name in names}
    return {name: (one, two) for name, (one, two) in both.items() if one != two}


def _difference(key: Key, before: Metric, after: Metric, first: Result, second: Result) -> Difference:
    sums = _sums(first, key), _sums(second, key)
    if sums[0] is not None and sums[1] is not None and sums[0].persons == sums[1].persons:
        return Difference(*key, before, after, sums[0].rate_difference(sums[1]), paired=True)
    return Difference(*key, before, after, unpaired_difference(before, after), paired=False)


def _sums(result: Result, key: Key) -> PersonSums | None:
    recogniser, case, name = key
    found = result.per_person.get(recogniser, {}).get(case, {}).get(name)
    if not found:
        return None
    sums, counts = np.array(found, np.float64).T
    return PersonSums(sums, counts)
