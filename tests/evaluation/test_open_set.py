"""FNIR at FPIR against brute force and a case counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.intervals import Bootstrap
from evaluation.metrics.identification import Candidates, identify
from evaluation.metrics.measured_identification import open_set_metrics
from evaluation.metrics.open_set import IdentificationPoint, det, fnir_at_fpir
from evaluation.metrics.verification import InsufficientData


def candidates(mated: list[tuple[int, float]], others: list[float]) -> Candidates:
    """Probes of enrolled people by rank and own similarity, then probes of others by best similarity."""
    own = [score for _, score in mated] + [-np.inf] * len(others)
    best = [score + 0.05 * (rank > 1) for rank, score in mated] + others
    ranks = [rank for rank, _ in mated] + [99] * len(others)
    return Candidates(np.array(ranks), np.array(own, np.float32), np.array(best, np.float32))


def test_by_hand() -> None:
    found = candidates([(1, 0.75), (1, 0.5), (2, 0.875), (1, 0.25)], [0.5, 0.375, 0.125, 0.0625])
    curve = det(found)
    assert (curve.mated, curve.nonmated) == (4, 4)
    # nobody of the others passes above 0.5: the second, at it, is missed, and the third has rank 2
    assert fnir_at_fpir(curve, 0.25) == IdentificationPoint(0.25, 0.5, 0.5)
    assert fnir_at_fpir(curve, 0.25).tpir == 0.5
    assert fnir_at_fpir(curve, 0.5) == IdentificationPoint(0.5, 0.25, 0.25)
    assert fnir_at_fpir(det(found, longest_rank=2), 0.5) == IdentificationPoint(0.5, 0, 0.25)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("target", [0.02, 0.1, 0.5])
def test_equal_to_brute_force(seed: int, target: float) -> None:
    rng = np.random.default_rng(seed)
    gallery, probes = (rng.integers(-2, 3, (size, 4)).astype(np.float32) for size in (20, 120))
    found = identify(probes, rng.integers(0, 40, 120), gallery, np.arange(20))
    curve, point = det(found), fnir_at_fpir(det(found), target)
    mated = found.mated
    best = None
    for threshold in [np.inf, *np.unique(np.concatenate([found.own[mated], found.best[~mated]]))[::-1]]:
        fpir = np.mean(found.best[~mated] >= threshold)
        fnir = 1 - np.mean((found.own[mated] >= threshold) & (found.rank[mated] == 1))
        if fpir <= target:
            best = (fpir, fnir)
    if 1 / curve.nonmated > target:
        assert isinstance(point, InsufficientData)
    else:
        assert (point.fpir, point.fnir) == pytest.approx(best, abs=1e-9)
    assert curve.fpir[0] == 0
    assert curve.fnir[0] == 1
    assert (np.diff(curve.fpir) >= 0).all()
    assert (np.diff(curve.fnir) <= 0).all()


def test_too_few_others_cannot_support_a_small_rate() -> None:
    curve = det(candidates([(1, 0.9)], [0.1] * 50))
    found = fnir_at_fpir(curve, 1e-3)
    assert isinstance(found, InsufficientData)
    assert "FPIR 1e-3 needs 1,000 probes of people who are not enrolled, or more, not 50" in found.reason


def test_both_kinds_of_probe_are_needed() -> None:
    with pytest.raises(ValueError, match="1 probes of enrolled people and 0 of others"):
        det(candidates([(1, 0.9)], []))
    with pytest.raises(ValueError, match="FPIR"):
        fnir_at_fpir(det(candidates([(1, 0.9)], [0.1])), 0)


def test_figures_have_intervals_over_persons() -> None:
    rng = np.random.default_rng(1)
    people = np.repeat(np.arange(60), 5)
    own = 0.6 + 0.1 * rng.normal(size=30)[people[:150]] + 0.1 * rng.normal(size=150)
    others = 0.3 + 0.1 * rng.normal(size=150)
    found = candidates([(1, score) for score in own], others.tolist())
    figures = open_set_metrics(found, people, (0.1, 0.01, 1e-3), bootstrap=Bootstrap(200))
    assert list(figures) == ["fnir@fpir=1e-1", "fnir@fpir=1e-2", "fnir@fpir=1e-3"]
    first = figures["fnir@fpir=1e-1"]
    assert first.value == fnir_at_fpir(det(found), 0.1).fnir
    assert first.low < first.value < first.high
    assert (first.n, first.persons) == (150, 30)
    assert figures["fnir@fpir=1e-3"].value is None


def test_intervals_cover_the_truth() -> None:
    # own similarities N(0.6, 0.02), others' N(0.3, 0.01): FNIR at FPIR 0.1 of endlessly many persons
    rng = np.random.default_rng(2)
    people = np.repeat(np.arange(60), 5)

    def scores(mean: float) -> np.ndarray:
        return mean + 0.1 * np.repeat(rng.normal(size=30), 5) + 0.1 * rng.normal(size=150)

    from scipy.stats import norm

    line = 0.3 + np.hypot(0.1, 0.1) * norm.isf(0.1)
    truth = norm.cdf((line - 0.6) / np.hypot(0.1, 0.1))
    hits = 0
    for seed in range(300):
        found = candidates([(1, score) for score in scores(0.6)], scores(0.3).tolist())
        figure = open_set_metrics(found, people, (0.1,), bootstrap=Bootstrap(150, seed))["fnir@fpir=1e-1"]
        hits += figure.low <= truth <= figure.high
    assert 0.92 <= hits / 300 <= 0.98
