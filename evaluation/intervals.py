"""95 % intervals: bootstraps over persons, exact ones for plain proportions, and t-intervals over seeds.

Photos of one person are alike, so that trials are not independent, and counting them as if they were makes
intervals too narrow. Whole persons are drawn again instead (a cluster bootstrap; Davison & Hinkley 1997,
section 3.8; for recognition systems Bolle, Ratha & Pankanti 2004). What the draws give is the variance. Rates
then get Wilson's score interval for as many independent trials as would have that variance, with Student's t
for the number of persons (as for cluster samples in Franco, Little, Louis & Slud 2019): near 0 and 1, and
with few persons, the draws' own percentiles are far too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.results import Metric

CONFIDENCE = 0.95
FEWEST_PERSONS = 5  # four persons can be drawn in 35 ways only, which is no distribution

Floats = NDArray[np.float64]
_CHUNK = 4_000_000  # values held at once while persons are drawn


@dataclass(frozen=True)
class Bootstrap:
    """How persons are drawn again.

    Attributes:
        replicates: How many times.
        seed: Of the draws; the same seed and number of persons give the same draws.
    """

    replicates: int = 1000
    seed: int = 0

    def draws(self, persons: int) -> Iterator[Floats]:
        """How often each person is drawn, in chunks (B, persons); each row adds up to `persons`."""
        rng = np.random.default_rng(self.seed)
        chunk = max(1, _CHUNK // persons)
        for start in range(0, self.replicates, chunk):
            size = min(chunk, self.replicates - start)
            yield rng.multinomial(persons, np.full(persons, 1 / persons), size).astype(np.float64)


@dataclass(frozen=True, eq=False)
class PersonSums:
    """Trials added up by person.

    Attributes:
        sums: (K,) over each person's trials.
        counts: (K,) how many trials each person has.
    """

    sums: Floats
    counts: Floats

    @staticmethod
    def of(values: NDArray[np.generic], persons: NDArray[np.generic]) -> PersonSums:
        """Adds up trials.

        Args:
            values: (N,) one per trial: True and False for hits, or any measured quantity.
            persons: (N,) whose trial it is; people come in sorted order.

        Raises:
            ValueError: There are no trials, a value is not finite, or the lengths differ.
        """
        if not len(values) or len(values) != len(persons):
            raise ValueError(f"{len(values)} values of {len(persons)} trials cannot be added up")
        numbers = np.asarray(values, np.float64)
        endless = int(np.count_nonzero(~np.isfinite(numbers)))
        if endless:
            raise ValueError(f"{endless} of {len(numbers)} values are not finite")
        place = np.unique(persons, return_inverse=True)[1]
        return PersonSums(
            np.bincount(place, numbers).astype(np.float64), np.bincount(place).astype(np.float64)
        )

    @property
    def persons(self) -> int:
        """K, the number of people."""
        return len(self.sums)

    @property
    def n(self) -> int:
        """The number of trials."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """The mean over all trials."""
        return float(self.sums.sum() / self.counts.sum())

    def replicates(self, bootstrap: Bootstrap) -> Floats:
        """(B,) the mean over the trials of drawn persons."""
        return np.concatenate([(m @ self.sums) / (m @ self.counts) for m in bootstrap.draws(self.persons)])

    def rate(self, bootstrap: Bootstrap | None = None) -> Metric:
        """The mean as a rate: of trials that are each within 0..1."""
        spread = sampling_variance(self.replicates(bootstrap or Bootstrap()), self.persons)
        return rate_metric(self.mean, spread, self.n, self.persons)

    def rate_difference(self, after: PersonSums, bootstrap: Bootstrap | None = None) -> Metric:
        """How much higher the rate of the same persons is afterwards: paired.

        Raises:
            ValueError: The two are not of the same number of people.
        """
        if self.persons != after.persons:
            raise ValueError(f"{self.persons} and {after.persons} people cannot be paired")
        draws = bootstrap or Bootstrap()
        moved = after.replicates(draws) - self.replicates(draws)
        variance = sampling_variance(moved, self.persons)
        return difference_metric(after.mean - self.mean, variance, min(self.n, after.n), self.persons)


def proportion(hits: int, n: int) -> Metric:
    """The share of n independent trials that hit, with its exact interval (Clopper & Pearson 1934).

    Raises:
        ValueError: There are no trials, or more hits than trials.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n} trials make no proportion")
    found = stats.binomtest(hits, n).proportion_ci(CONFIDENCE, method="exact")
    return Metric(hits / n, float(found.low), float(found.high), n, interval="Clopper-Pearson")


def person_rate(
    hits: NDArray[np.generic], persons: NDArray[np.generic], bootstrap: Bootstrap | None = None
) -> Metric:
    """The share of trials that hit, with an interval over persons.

    Args:
        hits: (N,) one per trial: True or False, or a share within 0..1.
        persons: (N,) whose trial it is.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: There are no trials, the lengths differ, or a value is not within 0..1.
    """
    return _within_one(hits, persons).rate(bootstrap)


def person_rate_difference(
    before: NDArray[np.generic],
    after: NDArray[np.generic],
    persons: NDArray[np.generic],
    bootstrap: Bootstrap | None = None,
) -> Metric:
    """How much higher a rate is afterwards on the same trials: paired, the same persons drawn for both.

    Args:
        before: (N,) one per trial, as in `person_rate`.
        after: (N,) the same trials.
        persons: (N,) whose trial it is.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: As `person_rate`.
    """
    return _within_one(before, persons).rate_difference(_within_one(after, persons), bootstrap)


def person_mean(
    values: NDArray[np.generic], persons: NDArray[np.generic], bootstrap: Bootstrap | None = None
) -> Metric:
    """The mean of a measured quantity over trials, with an interval from drawing persons again.

    For rates use `person_rate`, whose intervals hold near 0 and 1 too. For a paired difference give the
    differences.

    Args:
        values: (N,) one per trial.
        persons: (N,) whose trial it is.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: There are no trials, a value is not finite, or the lengths differ.
    """
    sums = PersonSums.of(values, persons)
    if sums.persons < FEWEST_PERSONS:
        return _without_interval(sums.mean, sums.n, sums.persons)
    low, high = _expanded_percentiles(sums.replicates(bootstrap or Bootstrap()), sums.persons)
    return over_persons(Metric(sums.mean, low, high, sums.n), sums.persons)


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
        return Metric(mean, None, None, len(numbers), reason="one seed shows no spread")
    half = _student(len(numbers)) * float(numbers.std(ddof=1) / np.sqrt(len(numbers)))
    return Metric(mean, mean - half, mean + half, len(numbers), interval=f"t over {len(numbers)} seeds")


def sampling_variance(replicates: Floats, persons: int) -> float:
    """The variance of a statistic between samples of this many persons, from its replicates (B,).

    The factor makes up for drawing from the sample itself, in which persons differ by (K - 1) / K less.
    """
    return float(np.var(replicates, ddof=1)) * persons / max(1, persons - 1)


def rate_metric(value: float, variance: float, n: int, persons: int, fewest: int | None = None) -> Metric:
    """A rate within 0..1 with its interval, from its variance between samples of persons.

    The variance says as how many independent trials the n trials count. Where hardly any trial goes against
    the others, the draws cannot show how alike the trials of one person are: all of one person's may fail
    together and happen not to be among those seen. The number of trials is then drawn towards the geometric
    mean of trials and persons, with the weight of two trials against those of the rarer kind. (In simulations
    of 10 to 100 persons with 8 trials each, rates of 50 to 99.5 % and correlations of 0.05 and 0.3 the truth
    was covered 93 to 99 times of 100; where trials are taken for independent, 72 to 98 times.)

    Args:
        value: The rate.
        variance: Its variance.
        n: The number of trials.
        persons: How many persons they are of.
        fewest: The number of trials of the kind there are fewer of, where the rate is of two kinds.
    """
    if persons < FEWEST_PERSONS:
        return _without_interval(value, n, persons)
    fewest = n if fewest is None else fewest
    assumed = _cautious_trials(fewest, persons)
    spread = variance > 0 and 0 < value < 1  # a rate of 0 or 1 has no variance to be compared with
    seen = min(float(n), value * (1 - value) / variance) if spread else assumed
    telling = n * min(value, 1 - value)
    trials = np.exp((telling * np.log(seen) + 2 * np.log(assumed)) / (telling + 2))
    low, high = _score_interval(value, float(trials), persons)
    return over_persons(Metric(value, low, high, n), persons)


def difference_metric(
    value: float, variance: float, n: int, persons: int, fewest: int | None = None
) -> Metric:
    """A paired difference of two rates, -1..1, with its interval, from its variance between samples.

    It is brought to 0..1, where the score interval holds. Where all persons changed by the same, the interval
    leaves room for as many trials that might have changed otherwise as `rate_metric` does.

    Args:
        value: The difference.
        variance: Its variance.
        n: The number of trials.
        persons: How many persons they are of.
        fewest: The number of trials of the kind there are fewer of, where the rates are of two kinds.
    """
    if persons < FEWEST_PERSONS:
        return _without_interval(value, n, persons)
    if variance > 0 and abs(value) < 1:
        share = (1 + value) / 2
        ends = _score_interval(share, share * (1 - share) / (variance / 4), persons)
        low, high = (2 * end - 1 for end in ends)
    else:
        trials = _cautious_trials(n if fewest is None else fewest, persons)
        reach = (1 + abs(value)) * _score_interval(0.0, trials, persons)[1]
        low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return over_persons(Metric(value, low, high, n), persons)


def unpaired_difference(before: Metric, after: Metric) -> Metric:
    """after - before of independent figures, from the intervals of both (Zou & Donner 2008)."""
    n = min(before.n, after.n)
    if before.value is None or after.value is None:
        return Metric(None, None, None, n, reason=before.reason or after.reason)
    value = after.value - before.value
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return Metric(value, None, None, n, reason=before.reason or after.reason)
    down = np.hypot(after.value - after.low, before.high - before.value)
    up = np.hypot(after.high - after.value, before.value - before.low)
    return Metric(value, float(value - down), float(value + up), n, interval="from both intervals, unpaired")


def _cautious_trials(n: int, persons: int) -> float:
    """As how many independent trials those of persons count whose likeness is not known."""
    return float(np.sqrt(n * persons))


def _score_interval(value: float, trials: float, persons: int) -> tuple[float, float]:
    """Wilson's interval (1927) for a rate of so many independent trials, with Student's t for the persons."""
    t = _student(persons)
    scale = 1 + t**2 / trials
    centre = (value + t**2 / (2 * trials)) / scale
    half = float(t * np.sqrt(value * (1 - value) / trials + t**2 / (4 * trials**2)) / scale)
    return max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half))


def _within_one(values: NDArray[np.generic], persons: NDArray[np.generic]) -> PersonSums:
    numbers = np.asarray(values, np.float64)
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(f"a rate is of values within 0..1, not {numbers.min():g}..{numbers.max():g}")
    return PersonSums.of(numbers, persons)


def _expanded_percentiles(replicates: Floats, persons: int) -> tuple[float, float]:
    """Percentiles moved outwards for few persons (Hesterberg 2015, "What teachers should know about the
    bootstrap", section 5.3): plain ones miss Student's t and a factor of sqrt(K / (K - 1)).
    """
    tail = stats.norm.cdf(-np.sqrt(persons / (persons - 1)) * _student(persons))
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(low), float(high)


def _student(n: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))


def over_persons(metric: Metric, persons: int) -> Metric:
    """A figure whose interval is over so many persons."""
    return replace(metric, persons=persons, interval=f"bootstrap over {persons} persons")


def _without_interval(value: float, n: int, persons: int) -> Metric:
    reason = f"an interval over persons needs {FEWEST_PERSONS} or more of them, not {persons}"
    return Metric(value, None, None, n, persons, reason=reason)
