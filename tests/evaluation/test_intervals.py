"""Intervals against SciPy, and against the truth in simulations."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from evaluation.intervals import (
    Bootstrap,
    PersonSums,
    difference_metric,
    over_seeds,
    person_mean,
    person_rate,
    person_rate_difference,
    proportion,
    rate_metric,
    unpaired_difference,
)
from evaluation.results import Metric

Draw = np.random.Generator


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 17), (194, 199), (1, 1)])
def test_proportions_equal_their_definition(hits: int, n: int) -> None:
    found = proportion(hits, n)
    low = stats.beta.ppf(0.025, hits, n - hits + 1) if hits else 0
    high = stats.beta.ppf(0.975, hits + 1, n - hits) if hits < n else 1
    assert (found.value, found.n) == (hits / n, n)
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_impossible_counts_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        proportion(hits, n)


def clustered(
    rng: Draw, persons: int, trials: int, rate: float, alike: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Hits whose chance differs between persons; `alike` is how much two trials of one person correlate."""
    strength = 1 / alike - 1
    chances = rng.beta(rate * strength, (1 - rate) * strength, persons)
    return (rng.random((persons, trials)) < chances[:, None]).ravel(), np.repeat(np.arange(persons), trials)


def covered(
    simulations: int, persons: int, rate: float, alike: float, replicates: int = 200
) -> tuple[float, float]:
    """How often the interval over persons covers the truth, and how often one that takes trials for alone."""
    rng = np.random.default_rng(1)
    hits = np.zeros(2)
    for seed in range(simulations):
        values, whose = clustered(rng, persons, 8, rate, alike)
        found = person_rate(values, whose, Bootstrap(replicates, seed))
        naive = proportion(int(values.sum()), len(values))
        hits += [one.low <= rate <= one.high for one in (found, naive)]
    ours, alone = hits / simulations
    return float(ours), float(alone)


@pytest.mark.parametrize(
    ("persons", "rate", "alike"), [(20, 0.8, 0.3), (40, 0.5, 0.3), (50, 0.9, 0.1), (100, 0.97, 0.2)]
)
def test_intervals_over_persons_cover_the_truth(persons: int, rate: float, alike: float) -> None:
    ours, alone = covered(1000, persons, rate, alike, replicates=100)
    assert 0.93 <= ours <= 0.97
    assert alone < 0.92  # what the bootstrap over persons is for


@pytest.mark.slow
@pytest.mark.parametrize("persons", [15, 30, 60])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("alike", [0.05, 0.3])
def test_intervals_over_persons_cover_the_truth_wherever_it_lies(
    persons: int, rate: float, alike: float
) -> None:
    assert 0.92 <= covered(1000, persons, rate, alike)[0] <= 0.99


def test_paired_differences_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for seed in range(400):
        before, whose = clustered(rng, 25, 8, 0.9, 0.2)
        lost = clustered(rng, 25, 8, 0.5, 0.3)[0]
        found = person_rate_difference(before, before & ~lost, whose, Bootstrap(200, seed))
        hits += found.low <= -0.45 <= found.high
    assert 0.93 <= hits / 400 <= 0.97


def test_means_cover_the_truth() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for seed in range(400):
        whose = np.repeat(np.arange(20), 5)
        values = 32 + rng.normal(size=20)[whose] + rng.normal(size=100)
        found = person_mean(values, whose, Bootstrap(300, seed))
        hits += found.low <= 32 <= found.high
    assert 0.93 <= hits / 400 <= 0.97


def test_a_pairing_makes_differences_sharper() -> None:
    rng = np.random.default_rng(4)
    before, whose = clustered(rng, 30, 10, 0.6, 0.4)
    after = before & (rng.random(len(before)) < 0.8)
    paired = person_rate_difference(before, after, whose)
    apart = unpaired_difference(person_rate(before, whose), person_rate(after, whose))
    assert paired.value == pytest.approx(after.mean() - before.mean())
    assert apart.value == pytest.approx(paired.value)
    assert paired.high - paired.low < 0.6 * (apart.high - apart.low)


def test_rates_that_do_not_vary_leave_room_for_persons_who_would() -> None:
    whose = np.repeat(np.arange(20), 5)
    none, all_ = person_rate(np.zeros(100), whose), person_rate(np.ones(100), whose)
    t, trials = stats.t.ppf(0.975, 19), np.sqrt(20 * 100)
    assert (none.value, none.low, none.n, none.persons) == (0, 0, 100, 20)
    assert none.high == pytest.approx(t**2 / (trials + t**2))
    assert all_.low == pytest.approx(1 - none.high)
    lost = person_rate_difference(np.ones(100), np.zeros(100), whose)
    assert (lost.value, lost.low) == (-1, -1)
    assert lost.high == pytest.approx(-1 + 2 * none.high)
    unchanged = person_rate_difference(np.ones(100), np.ones(100), whose)
    assert (unchanged.value, unchanged.low) == (0, pytest.approx(-none.high))


def test_a_single_failure_does_not_make_the_interval_much_narrower_than_none() -> None:
    whose = np.repeat(np.arange(20), 10)
    ends = [person_rate(np.arange(200) >= failures * 10, whose).low for failures in range(5)]
    assert ends == sorted(ends, reverse=True)
    ends = [
        person_rate(np.arange(200) % 10 >= (np.arange(200) < 10 * failures), whose).low
        for failures in range(5)
    ]
    assert max(ends) - ends[0] < 0.015


def test_independent_trials_get_about_the_exact_interval() -> None:
    rng = np.random.default_rng(5)
    hits = rng.random(1000) < 0.7
    ours, exact = person_rate(hits, np.arange(1000)), proportion(int(hits.sum()), 1000)
    assert ours.low == pytest.approx(exact.low, abs=0.003)
    assert ours.high == pytest.approx(exact.high, abs=0.003)


def test_persons_with_more_trials_weigh_more() -> None:
    values, whose = np.array([1, 1, 1, 0, 0, 0, 0, 0.0]), np.array([7, 7, 7, 1, 2, 3, 4, 5])
    found = person_rate(values, whose)
    assert (found.value, found.n, found.persons) == (3 / 8, 8, 6)
    sums = PersonSums.of(values, whose)
    assert sums.sums.tolist() == [0, 0, 0, 0, 0, 3]
    assert sums.counts.tolist() == [1, 1, 1, 1, 1, 3]


def test_the_same_seed_gives_the_same_interval() -> None:
    values, whose = clustered(np.random.default_rng(6), 30, 5, 0.5, 0.2)
    assert person_rate(values, whose) == person_rate(values, whose)
    assert person_rate(values, whose, Bootstrap(seed=1)) != person_rate(values, whose)
    order = np.random.default_rng(0).permutation(len(values))
    assert person_rate(values[order], whose[order]) == person_rate(values, whose)


def test_four_persons_are_too_few() -> None:
    found = person_rate(np.array([1, 0, 1, 0]), np.arange(4))
    assert (found.value, found.low, found.high) == (0.5, None, None)
    assert found.reason == "an interval over persons needs 5 or more of them, not 4"


def test_what_is_no_rate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within 0\.\.1, not 0\.\.2"):
        person_rate(np.array([0, 2]), np.arange(2))
    with pytest.raises(ValueError, match="1 of 2 values are not finite"):
        person_mean(np.array([0, np.nan]), np.arange(2))
    with pytest.raises(ValueError, match="0 values"):
        person_mean(np.array([]), np.array([]))
    with pytest.raises(ValueError, match="2 values of 3 trials"):
        person_mean(np.zeros(2), np.arange(3))


def test_seeds_get_students_interval() -> None:
    values = [0.91, 0.93, 0.90, 0.94]
    found = over_seeds(values)
    wanted = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(wanted, abs=1e-12)
    assert (found.value, found.n) == (pytest.approx(0.92), 4)
    assert over_seeds([0.9]).reason == "one seed shows no spread"
    with pytest.raises(ValueError, match="no mean"):
        over_seeds([])


def test_unpaired_differences_of_symmetric_intervals_add_in_squares() -> None:
    before, after = Metric(0.5, 0.47, 0.53, 100), Metric(0.7, 0.66, 0.74, 200)
    found = unpaired_difference(before, after)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high, found.n) == (pytest.approx(0.15), pytest.approx(0.25), 100)
    missing = dataclasses.replace(after, value=None, low=None, high=None, reason="too few")
    assert unpaired_difference(before, missing).reason == "too few"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_rate_at_an_end_has_an_interval_whatever_its_variance(value: float) -> None:
    found = rate_metric(value, 1e-6, 20, 10)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= value <= found.high <= 1
    assert found.high - found.low > 0.1


@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_a_difference_at_an_end_has_an_interval_whatever_its_variance(value: float) -> None:
    found = difference_metric(value, 1e-6, 20, 10)
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= value <= found.high <= 1
    assert found.high - found.low > 0.1
