"""Drawing persons again where every trial is of two of them.

A drawn person brings all their pairs: a genuine pair counts as often as its person was drawn, an impostor
pair as often as the one times as often as the other (Owen 2007's pigeonhole bootstrap). Pairs that share a
person then vary together as they should. But a pair's own variation, which it shares with no other, is
counted three times, (1 + 1)(1 + 1) - 1: that hardly matters for all pairs among few people, and makes
intervals far too wide for LFW's pairs, where hardly anybody appears twice. So twice that part is taken off
again, measured by drawing impostor pairs on their own. What remains is the dyadic variance of Fafchamps &
Gubert (2007) and Aronow, Samii & Assenova (2015): each pair once, and every two pairs that share a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.metrics.pairs import ScoredPairs
from evaluation.metrics.weighted_accuracy import WeightedAccuracy
from evaluation.metrics.weighted_rates import WeightedRates

Floats = NDArray[np.float64]

_AT_ONCE = 2_000_000  # weights held at one time
_ALONE = 250  # draws of impostor pairs on their own: their part of the variance need not be sharp
_LARGEST_EXCESS = 3.0  # of a variance in which no two pairs share a person


@dataclass(frozen=True, eq=False)
class Statistics:
    """What is computed from every sample, in one row: EER, AUC, TAR at FARs, and accuracy if there are folds.

    Attributes:
        pairs: Finite ones, of both kinds.
        rates: EER, AUC and TAR at FARs under weights.
        accuracy: The accuracy under weights, or None without folds.
    """

    pairs: ScoredPairs
    rates: WeightedRates
    accuracy: WeightedAccuracy | None

    def of(self, genuine: Floats, impostor: Floats) -> Floats:
        """The figures (B, S) of samples, from weights in the order of `rates`."""
        figures = self.rates(genuine, impostor)
        if self.accuracy is None:
            return figures
        weights = np.empty((len(genuine), len(self.pairs)))
        weights[:, self.rates.genuine] = genuine
        weights[:, self.rates.impostor] = impostor
        return np.column_stack([figures, self.accuracy(weights)])


@dataclass(frozen=True, eq=False)
class Spread:
    """How figures vary between samples of persons.

    Attributes:
        drawn: For each of the statistics the figures (B, S) of drawn persons.
        alone: The same (A, S) of impostor pairs drawn on their own.
        persons: How many persons there are in genuine pairs.
        people: How many there are in all pairs.
    """

    drawn: tuple[Floats, ...]
    alone: tuple[Floats, ...]
    persons: int
    people: int

    def variance(self, place: int) -> Floats:
        """(S,) of the figures of one of the statistics."""
        return self._variance(self.drawn[place], self.alone[place])

    def difference_variance(self) -> Floats:
        """(S,) of how much the second statistics' figures are above the first's."""
        return self._variance(self.drawn[1] - self.drawn[0], self.alone[1] - self.alone[0])

    def _variance(self, drawn: Floats, alone: Floats) -> Floats:
        # a sample without one kind of pair has no figures
        whole, own = (np.nanvar(figures, axis=0, ddof=1) for figures in (drawn, alone))
        variance = np.maximum(whole - 2 * own, whole / _LARGEST_EXCESS)
        return np.asarray(variance * self.persons / max(1, self.persons - 1))


def spread(statistics: Sequence[Statistics], bootstrap: Bootstrap) -> Spread:
    """Draws persons again.

    Args:
        statistics: One or several, of pairs of the same people with different scores.
        bootstrap: How persons are drawn.
    """
    pairs = statistics[0].pairs
    names, places = np.unique(np.concatenate([pairs.first, pairs.second]), return_inverse=True)
    first, second = places[: len(pairs)], places[len(pairs) :]
    step = max(1, _AT_ONCE // len(pairs))
    drawn = _columns(_drawn(statistics, first, second, len(names), step, bootstrap))
    alone = _columns(_alone(statistics, step, bootstrap.seed))
    return Spread(drawn, alone, len(np.unique(first[pairs.same])), len(names))


def _drawn(
    statistics: Sequence[Statistics],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    persons: int,
    step: int,
    bootstrap: Bootstrap,
) -> Iterator[list[Floats]]:
    """The figures where persons are drawn."""
    sides = [
        (first[one.rates.genuine], first[one.rates.impostor], second[one.rates.impostor])
        for one in statistics
    ]
    for draws in bootstrap.draws(persons):
        for start in range(0, len(draws), step):
            times = draws[start : start + step]
            yield [
                one.of(np.take(times, own, 1), np.take(times, left, 1) * np.take(times, right, 1))
                for one, (own, left, right) in zip(statistics, sides, strict=True)
            ]


def _alone(statistics: Sequence[Statistics], step: int, seed: int) -> Iterator[list[Floats]]:
    """The figures where each impostor pair is drawn on its own: not at all or twice, of variance 1."""
    rng = np.random.default_rng(seed)
    for start in range(0, _ALONE, step):
        shape = (min(step, _ALONE - start), len(statistics[0].pairs))
        halves = rng.integers(0, 2, shape, dtype=np.int8)
        yield [
            one.of(
                np.ones((shape[0], len(one.rates.genuine))),
                2 * halves[:, one.rates.impostor].astype(np.float64),
            )
            for one in statistics
        ]


def _columns(parts: Iterator[list[Floats]]) -> tuple[Floats, ...]:
    """One array of all samples for each of the statistics."""
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
