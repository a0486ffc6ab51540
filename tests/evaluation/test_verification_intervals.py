"""Whether intervals of verification figures cover the truth, where pairs share persons and where not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from evaluation.intervals import Bootstrap
from evaluation.metrics.measured_verification import verification_difference, verification_metrics
from evaluation.metrics.pairs import ExcludedScoresWarning, ScoredPairs
from evaluation.metrics.verification import auc, eer, fold_accuracy, roc, tar_at_far

Make = Callable[[np.random.Generator], ScoredPairs]

GENUINE, IMPOSTOR, PHOTO, SHIFT = 0.6, 0.4, 0.9, 2.0  # spreads of persons' means and of a pair, and the gap
FAR = 0.1


def scored(rng: np.random.Generator, first: np.ndarray, second: np.ndarray, persons: int) -> ScoredPairs:
    """Normal scores that go up and down with the persons in a pair."""
    genuine, impostor = GENUINE * rng.normal(size=persons), IMPOSTOR * rng.normal(size=persons)
    own = PHOTO * rng.normal(size=len(first))
    shared = np.where(first == second, SHIFT + genuine[first], impostor[first] + impostor[second])
    return ScoredPairs(shared + own, first, second)


def all_against_all(rng: np.random.Generator, persons: int = 30, photos: int = 3) -> ScoredPairs:
    people = np.repeat(np.arange(persons), photos)
    first, second = np.triu_indices(len(people), 1)
    return scored(rng, people[first], people[second], persons)


def like_lfw(rng: np.random.Generator, persons: int = 400, pairs: int = 150) -> ScoredPairs:
    """As many genuine as impostor pairs, in which hardly anybody appears twice."""
    first = rng.integers(0, persons, 2 * pairs)
    other = (first + rng.integers(1, persons, 2 * pairs)) % persons
    return scored(rng, first, np.where(np.arange(2 * pairs) < pairs, first, other), persons)


def truth() -> dict[str, float]:
    """The figures of endlessly many persons: two normal distributions."""
    spreads = np.hypot(GENUINE, PHOTO), np.sqrt(2 * IMPOSTOR**2 + PHOTO**2)
    threshold = spreads[1] * norm.isf(FAR)
    return {
        "eer": float(norm.sf(SHIFT / sum(spreads))),
        "auc": float(norm.cdf(SHIFT / np.hypot(*spreads))),
        "tar@far=1e-1": float(norm.sf((threshold - SHIFT) / spreads[0])),
    }


def coverage(make: Make, simulations: int, replicates: int) -> dict[str, float]:
    wanted, hits = truth(), dict.fromkeys(truth(), 0)
    rng = np.random.default_rng(7)
    for seed in range(simulations):
        found = verification_metrics(make(rng), fars=(FAR,), bootstrap=Bootstrap(replicates, seed))
        for name, value in wanted.items():
            hits[name] += found[name].low <= value <= found[name].high
    return {name: count / simulations for name, count in hits.items()}


@pytest.mark.parametrize("make", [all_against_all, like_lfw])
def test_intervals_cover_the_truth(make: Make) -> None:
    found = coverage(make, 500, 120)
    assert 0.93 <= found["eer"] <= 0.97
    assert all(0.92 <= share <= 0.98 for share in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("make", [all_against_all, like_lfw])
def test_intervals_cover_the_truth_in_many_simulations(make: Make) -> None:
    found = coverage(make, 800, 300)
    assert all(0.93 <= share <= 0.97 for share in found.values()), found


def test_figures_are_those_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    pairs = like_lfw(rng)
    folds = rng.integers(0, 5, len(pairs))
    found = verification_metrics(pairs, folds, (0.1, 0.02, 1e-6), Bootstrap(50))
    curve = roc(pairs.scores, pairs.same)
    assert list(found) == ["accuracy", "eer", "auc", "tar@far=1e-1", "tar@far=2e-2", "tar@far=1e-6"]
    assert found["accuracy"].value == fold_accuracy(pairs.scores, pairs.same, folds).accuracy
    assert (found["eer"].value, found["auc"].value) == (eer(curve).far, auc(curve))
    assert found["tar@far=1e-1"].value == tar_at_far(curve, 0.1).tar
    assert (found["eer"].n, found["tar@far=1e-1"].n) == (300, 150)
    assert found["eer"].persons == len(np.unique([pairs.first, pairs.second]))
    assert found["tar@far=1e-1"].persons == len(np.unique(pairs.first[pairs.same]))
    assert found["tar@far=2e-2"].reason == "read where 3 of 150 impostor pairs pass"
    assert found["tar@far=1e-6"].value is None
    assert "1,000,000 impostor pairs" in found["tar@far=1e-6"].reason


def test_few_people_with_many_photos_do_not_support_a_small_far() -> None:
    pairs = all_against_all(np.random.default_rng(1), persons=8, photos=12)
    found = verification_metrics(pairs, fars=(1e-1, 1e-2), bootstrap=Bootstrap(50))
    assert found["tar@far=1e-1"].low is not None
    assert found["tar@far=1e-2"].value is not None
    assert found["tar@far=1e-2"].low is None
    assert "needs 100 pairs of different people or more, not 28" in found["tar@far=1e-2"].reason


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(2)
    before = all_against_all(rng)
    lower = np.where(before.same, before.scores - 0.3, before.scores)
    after = ScoredPairs(lower, before.first, before.second)
    one, two = (verification_metrics(p, fars=(0.1,), bootstrap=Bootstrap(200)) for p in (before, after))
    found = verification_difference(before, after, fars=(0.1,), bootstrap=Bootstrap(200))
    for name, moved in found.items():
        assert moved.value == pytest.approx(two[name].value - one[name].value)
        assert moved.high - moved.low < one[name].high - one[name].low
        assert not moved.low <= 0 <= moved.high


def test_differences_cover_the_truth() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for seed in range(200):
        before = all_against_all(rng, persons=20)
        noise = 0.3 * rng.normal(size=len(before))
        after = ScoredPairs(before.scores + noise, before.first, before.second)
        wide = np.hypot(GENUINE, np.hypot(PHOTO, 0.3)), np.sqrt(2 * IMPOSTOR**2 + PHOTO**2 + 0.3**2)
        moved = norm.cdf(SHIFT / np.hypot(*wide)) - truth()["auc"]
        found = verification_difference(before, after, fars=(), bootstrap=Bootstrap(150, seed))["auc"]
        hits += found.low <= moved <= found.high
    assert 0.92 <= hits / 200 <= 0.98


def test_scores_that_are_not_finite_leave_both_sides() -> None:
    before = all_against_all(np.random.default_rng(4), persons=8)
    spoilt = before.scores.copy()
    spoilt[5] = -np.inf
    after = ScoredPairs(spoilt, before.first, before.second)
    with pytest.warns(ExcludedScoresWarning, match="1 of"):
        found = verification_difference(before, after, fars=(), bootstrap=Bootstrap(50))
    assert found["eer"].value == 0
    assert found["eer"].n == len(before) - 1


def test_other_pairs_cannot_be_paired() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(ValueError, match="cannot be paired"):
        verification_difference(like_lfw(rng), like_lfw(rng))
