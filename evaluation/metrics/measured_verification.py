"""Every verification figure with its interval, under the names that results use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap, correlation, difference, rate_metric
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
from evaluation.metrics.verification_samples import Statistics, spread
from evaluation.metrics.weighted_accuracy import WeightedAccuracy
from evaluation.metrics.weighted_rates import WeightedRates
from evaluation.results import Metric

Folds = NDArray[np.int64] | None


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
    return figures.metrics(found.variance, found.persons)


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
    half = len(one.names)
    rates = (
        one.metrics(found.variance[:half], found.persons),
        two.metrics(found.variance[half:], found.persons),
    )
    together = {
        name: correlation(found.replicates[:, place], found.replicates[:, half + place])
        for place, name in enumerate(one.names)
    }
    return {name: difference(rates[0][name], rates[1][name], together.get(name, 0)) for name in rates[0]}


class _Figures:
    """The figures of some pairs, and how to compute them again from samples.

    Attributes:
        names: Of the figures that the pairs support, in the order of `statistics`.
        statistics: The same figures from samples.
    """

    def __init__(self, pairs: ScoredPairs, folds: Folds, fars: Sequence[float]) -> None:
        same = pairs.same
        curve = roc(pairs.scores, same)
        self._values = {"eer": eer(curve).far, "auc": auc(curve)}
        self._unsupported: dict[str, Metric] = {}
        self._too_few_people: dict[str, str] = {}
        supported = []
        people = _pairs_of_people(pairs)
        for far in fars:
            point = tar_at_far(curve, far)
            if isinstance(point, InsufficientData):
                self._unsupported[tar_name(far)] = Metric(
                    None, None, None, curve.genuine, reason=point.reason
                )
                continue
            supported.append(far)
            self._values[tar_name(far)] = point.tar
            if 1 / people > far:
                self._too_few_people[tar_name(far)] = insufficient_pairs(
                    people, far, "pairs of different people"
                )
        if folds is not None:
            self._values["accuracy"] = fold_accuracy(pairs.scores, same, folds).accuracy
        self.names = tuple(self._values)
        rates = WeightedRates(pairs.scores, same, supported)
        accuracy = None if folds is None else WeightedAccuracy(pairs.scores, same, folds)
        self.statistics = Statistics(pairs, rates, accuracy)
        self._counts = {name: curve.genuine if "@" in name else len(pairs) for name in self.names}

    def metrics(self, variance: NDArray[np.float64], persons: int) -> dict[str, Metric]:
        """The figures with intervals, from the variance of each."""
        found = {
            name: rate_metric(self._values[name], float(one), self._counts[name], persons)
            for name, one in zip(self.names, variance, strict=True)
        }
        for name, reason in self._too_few_people.items():
            found[name] = Metric(found[name].value, None, None, found[name].n, persons, reason=reason)
        return {**found, **self._unsupported}


def _pairs_of_people(pairs: ScoredPairs) -> int:
    """How many different two people the impostor pairs are of."""
    different = ~pairs.same
    low, high = (f(pairs.first[different], pairs.second[different]) for f in (np.minimum, np.maximum))
    return len(np.unique(np.stack([low, high], 1), axis=0))
