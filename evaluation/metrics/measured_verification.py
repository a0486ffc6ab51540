"""Every verification figure with its interval, under the names that results use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap, difference_metric, over_persons, rate_metric
from evaluation.metrics.names import tar_name
from evaluation.metrics.pairs import ScoredPairs, usable
from evaluation.metrics.verification import (
    FARS,
    InsufficientData,
    auc,
    eer,
    fold_accuracy,
    insufficient_pairs,
    roc,
    tar_at_far,
)
from evaluation.metrics.verification_samples import Spread, Statistics, spread
from evaluation.metrics.weighted_accuracy import WeightedAccuracy
from evaluation.metrics.weighted_rates import WeightedRates
from evaluation.results import Metric

Folds = NDArray[np.int64] | None
_FEW_PASSING = 10  # impostor pairs; with fewer a TAR hangs on single ones
MakeMetric = Callable[[float, float, int, int, int], Metric]


def verification_metrics(
    pairs: ScoredPairs,
    folds: Folds = None,
    fars: Sequence[float] = FARS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """`accuracy` where there are folds, `eer`, `auc`, `tar@far=1e-1` ... `tar@far=1e-6`.

    Args:
        pairs: P scored pairs; those whose score is not finite are left out with an `ExcludedScoresWarning`.
        folds: (P,) the number of each pair's fold, or None.
        fars: At which FARs the TAR is read. One that the impostor pairs cannot support has no value, one that
            the people in them cannot support no interval; `reason` says so.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: Genuine or impostor pairs are missing.
    """
    kept = usable(pairs.scores, pairs.same)
    figures = _Figures(pairs.only(kept), folds if folds is None else folds[kept], fars)
    found = spread([figures.statistics], bootstrap or Bootstrap())
    return figures.metrics(figures.values, found.variance(0), found, rate_metric)


def verification_difference(
    before: ScoredPairs,
    after: ScoredPairs,
    folds: Folds = None,
    fars: Sequence[float] = FARS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """after - before of the same figures on the same pairs, with the same persons drawn for both.

    Args:
        before: P scored pairs.
        after: The same pairs scored again; a pair that is not finite in either is left out of both.
        folds: As in `verification_metrics`, like the others.
        fars: At which FARs the TAR is read.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: The two are not of the same pairs, or genuine or impostor pairs are missing.
    """
    if not (np.array_equal(before.first, after.first) and np.array_equal(before.second, after.second)):
        raise ValueError("the pairs before and after are not of the same people: they cannot be paired")
    kept = usable(before.scores + after.scores, before.same)
    folds = folds if folds is None else folds[kept]
    one, two = (_Figures(pairs.only(kept), folds, fars) for pairs in (before, after))
    found = spread([one.statistics, two.statistics], bootstrap or Bootstrap())
    moved = {name: two.values[name] - value for name, value in one.values.items()}
    return one.metrics(moved, found.difference_variance(), found, difference_metric)


class _Figures:
    """The figures of some pairs, and how to compute them again from samples.

    Attributes:
        values: Name -> figure, of those that the pairs support; in the order of `statistics`.
        statistics: The same figures from samples.
    """

    def __init__(self, pairs: ScoredPairs, folds: Folds, fars: Sequence[float]) -> None:
        same = pairs.same
        curve = roc(pairs.scores, same)
        self.values = {"eer": eer(curve).far, "auc": auc(curve)}
        self._without_value: dict[str, Metric] = {}
        self._without_interval: dict[str, str] = {}
        self._remarks: dict[str, str] = {}
        supported = []
        for far in fars:
            point, name = tar_at_far(curve, far), tar_name(far)
            if isinstance(point, InsufficientData):
                self._without_value[name] = Metric(None, None, None, curve.genuine, reason=point.reason)
            else:
                supported.append(far)
                self.values[name] = point.tar
                passing = round(point.far * curve.impostors)
                if passing < _FEW_PASSING:
                    self._remarks[name] = f"read where {passing} of {curve.impostors:,} impostor pairs pass"
        people = _pairs_of_people(pairs)
        for far in supported:
            if 1 / people > far:
                reason = insufficient_pairs(people, far, "pairs of different people")
                self._without_interval[tar_name(far)] = reason
        accuracy = None
        if folds is not None:
            self.values["accuracy"] = fold_accuracy(pairs.scores, same, folds).accuracy
            accuracy = WeightedAccuracy(pairs.scores, same, folds)
        self.statistics = Statistics(pairs, WeightedRates(pairs.scores, same, supported), accuracy)
        self._fewest = min(curve.genuine, curve.impostors)
        self._counts = {name: curve.genuine if "@" in name else len(pairs) for name in self.values}

    def metrics(
        self, values: dict[str, float], variance: NDArray[np.float64], drawn: Spread, make: MakeMetric
    ) -> dict[str, Metric]:
        """Figures with intervals, the accuracy first and the TAR at FARs last.

        Args:
            values: The figures, or their differences.
            variance: (S,) of each.
            drawn: What persons were drawn.
            make: What makes a metric of a value, its variance, the trials, the persons, and the number of
                pairs of the rarer kind.
        """
        found = {
            name: make(value, float(one), self._counts[name], drawn.persons, self._fewest)
            for (name, value), one in zip(values.items(), variance, strict=True)
        }
        for name, reason in self._without_interval.items():
            found[name] = Metric(values[name], None, None, self._counts[name], drawn.persons, reason=reason)
        for name in found:
            if "@" not in name and found[name].interval is not None:  # impostor pairs count in it too
                found[name] = over_persons(found[name], drawn.people)
        found |= {name: found[name].with_reason(remark) for name, remark in self._remarks.items()}
        found |= self._without_value
        return {name: found[name] for name in sorted(found, key=_place)}


def _place(name: str) -> tuple[int, float]:
    """Where a figure comes in a list of them: TARs by falling FAR."""
    far = name.partition("=")[2]
    return ("accuracy", "eer", "auc", "tar@far").index(name.partition("=")[0]), -float(far or 0)


def _pairs_of_people(pairs: ScoredPairs) -> int:
    """How many different two people the impostor pairs are of."""
    different = ~pairs.same
    low, high = (f(pairs.first[different], pairs.second[different]) for f in (np.minimum, np.maximum))
    return len(np.unique(np.stack([low, high], 1), axis=0))
