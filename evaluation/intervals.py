"""95 % intervals: bootstraps over persons, exact ones for plain proportions, and t-intervals over seeds.

Photos of one person are alike, so that trials are not independent and counting them as if they were makes
intervals too narrow. Whole persons are drawn again instead (a cluster bootstrap; Davison & Hinkley 1997,
section 3.8; for recognition systems Bolle, Ratha & Pankanti 2004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.results import Metric

CONFIDENCE = 0.95
FEWEST_PERSONS = 5  # four persons can be drawn in 35 ways only, which is no distribution

Floats = NDArray[np.float64]
_CHUNK = 4_000_000  # values held at once while replicates are computed


@dataclass(frozen=True)
class Bootstrap:
    """How persons are drawn again.

    Attributes:
        replicates: How many times.
        seed: Of the draws; the same seed and number of persons give the same draws.
    """

    replicates: int = 1000
    seed: int = 0

    def multiplicities(self, persons: int, replicates: int | None = None) -> Iterator[Floats]:
        """How often each person is drawn, in chunks (B, persons); each row adds up to `persons`."""
        rng = np.random.default_rng(self.seed)
        left = self.replicates if replicates is None else replicates
        chunk = max(1, _CHUNK // max(1, persons))
        while left > 0:
            size = min(chunk, left)
            yield rng.multinomial(persons, np.full(persons, 1 / persons), size).astype(np.float64)
            left -= size


def proportion(hits: int, n: int) -> Metric:
    """The share of n independent trials that hit, with its exact interval (Clopper & Pearson 1934).

    Raises:
        ValueError: There are no trials, or more hits than trials.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n} trials make no proportion")
    low, high = _clopper_pearson(hits, n)
    return Metric(hits / n, low, high, n, interval="Clopper-Pearson")


def person_mean(
    values: NDArray[np.generic], persons: NDArray[np.generic], bootstrap: Bootstrap | None = None
) -> Metric:
    """The mean over trials, with an interval from drawing persons again.

    Where all trials are 0, or all are 1, drawing again shows no spread at all; the interval is then the
    exact one of a proportion in which each person counts as one trial, the most cautious reading.

    Args:
        values: (N,) one per trial: True and False for hits, or any measured quantity.
        persons: (N,) whose trial it is.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: There are no trials, a value is not finite, or the lengths differ.
    """
    sums, counts = person_sums(values, persons)
    return mean_of_sums(sums, counts, bootstrap)


def person_difference(
    before: NDArray[np.generic],
    after: NDArray[np.generic],
    persons: NDArray[np.generic],
    bootstrap: Bootstrap | None = None,
) -> Metric:
    """The mean of after - before over the same trials: paired, with the same persons drawn for both.

    Args:
        before: (N,) one per trial.
        after: (N,) the same trials.
        persons: (N,) whose trial it is.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: As `person_mean`, or the two are not of the same trials.
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} trials before and {len(after)} after cannot be paired")
    moved = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    sums, counts = person_sums(moved, persons)
    return mean_of_sums(sums, counts, bootstrap, bounds=None)


def person_sums(values: NDArray[np.generic], persons: NDArray[np.generic]) -> tuple[Floats, Floats]:
    """For each person, in sorted order, the sum over their trials and the number of trials.

    Raises:
        ValueError: There are no trials, a value is not finite, or the lengths differ.
    """
    if not len(values) or len(values) != len(persons):
        raise ValueError(f"{len(values)} values of {len(persons)} trials have no mean")
    numbers = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(numbers))} of {len(numbers)} values are not finite")
    place = np.unique(persons, return_inverse=True)[1]
    return np.bincount(place, numbers), np.bincount(place).astype(np.float64)


def mean_of_sums(
    sums: Floats,
    counts: Floats,
    bootstrap: Bootstrap | None = None,
    bounds: tuple[float, float] | None = (0.0, 1.0),
) -> Metric:
    """The mean over trials that are given as one sum and one count per person.

    Args:
        sums: (K,) sum over each person's trials.
        counts: (K,) how many trials each person has.
        bootstrap: How persons are drawn.
        bounds: Where a mean without spread is a proportion's 0 or 1; None for a quantity without bounds.
    """
    drawn = bootstrap or Bootstrap()
    persons, n = len(sums), int(counts.sum())
    value = float(sums.sum() / counts.sum())
    if persons < FEWEST_PERSONS:
        return without_interval(value, n, persons)
    if bounds is not None and value in bounds and np.ptp(sums / counts) == 0:
        low, high = _clopper_pearson(round(value * persons), persons)
        name = f"Clopper-Pearson, {persons} persons as single trials"
        return Metric(value, low, high, n, persons, name)
    replicates = np.concatenate([(m @ sums) / (m @ counts) for m in drawn.multiplicities(persons)])
    low, high = percentile_interval(value, replicates, persons)
    return Metric(value, low, high, n, persons, f"bootstrap over {persons} persons")


def percentile_interval(
    value: float, replicates: Floats, persons: int, shrink: float = 1.0
) -> tuple[float, float]:
    """The expanded percentile interval of a statistic.

    Plain percentiles are too narrow for few persons, by about sqrt((n - 1) / n) and by taking the normal
    distribution's place for Student's t; the percentiles are moved outwards for both (Hesterberg 2015,
    "What teachers should know about the bootstrap", section 5.3).

    Args:
        value: The statistic itself.
        replicates: (B,) the same of drawn persons.
        persons: How many persons there are.
        shrink: What the distance of either end from `value` is multiplied by, 0..1.
    """
    t = stats.t.ppf((1 + CONFIDENCE) / 2, persons - 1)
    tail = stats.norm.cdf(-np.sqrt(persons / (persons - 1)) * t)
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(value + shrink * (low - value)), float(value + shrink * (high - value))


def over_seeds(values: Sequence[float]) -> Metric:
    """The mean of one figure over runs with different seeds, with Student's t-interval.

    It covers what training anew changes, not what other people or photos would change.

    Raises:
        ValueError: There are no values, or one is not finite.
    """
    numbers = np.asarray(values, np.float64)
    if not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"{list(values)} have no mean")
    mean = float(numbers.mean())
    if len(numbers) < 2:
        return Metric(mean, None, None, len(numbers), reason="one seed has no spread")
    error = float(numbers.std(ddof=1) / np.sqrt(len(numbers)))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(numbers) - 1)) * error
    return Metric(mean, mean - half, mean + half, len(numbers), interval=f"t over {len(numbers)} seeds")


def without_interval(value: float, n: int, persons: int) -> Metric:
    """A figure of too few persons for an interval over persons."""
    reason = f"an interval over persons needs {FEWEST_PERSONS} or more, not {persons}"
    return Metric(value, None, None, n, persons, reason=reason)


def _clopper_pearson(hits: int, n: int) -> tuple[float, float]:
    found = stats.binomtest(hits, n).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)
