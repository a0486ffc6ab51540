"""Curves for plots keep what a full curve says."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.benchmarks.curves import det_curve, rank_curve, roc_curve, similarity_histograms
from evaluation.metrics.identification import identify
from evaluation.metrics.open_set import det
from evaluation.metrics.verification import roc


def test_a_thinned_roc_is_never_off_the_full_one_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(0)
    same = rng.random(20_000) < 0.3
    full = roc(rng.normal(size=20_000) + same, same)
    thin = roc_curve(full)
    assert len(thin.x) < 400 < len(full.far)
    points = set(zip(full.far.tolist(), full.tar.tolist(), strict=True))
    assert set(zip(thin.x, thin.y, strict=True)) <= points
    assert (thin.x[-1], thin.y[-1]) == (1, 1)
    assert list(thin.x) == sorted(thin.x)
    for far in (1e-3, 1e-2, 0.1):
        wanted = full.tar[np.searchsorted(full.far, far, side="right") - 1]
        found = thin.y[np.searchsorted(thin.x, far, side="right") - 1]
        assert found == pytest.approx(wanted, abs=0.02)


def test_an_open_set_curve() -> None:
    rng = np.random.default_rng(0)
    gallery, probes = (
        rng.normal(size=(40, 8)).astype(np.float32),
        rng.normal(size=(300, 8)).astype(np.float32),
    )
    full = det(identify(probes, rng.integers(0, 60, 300), gallery, np.arange(40)))
    thin = det_curve(full)
    assert set(zip(thin.x, thin.y, strict=True)) <= set(
        zip(full.fpir.tolist(), full.fnir.tolist(), strict=True)
    )


def test_ranks_begin_at_one() -> None:
    curve = rank_curve(np.array([0.5, 0.75, 1.0]))
    assert (curve.x, curve.y) == ((1.0, 2.0, 3.0), (0.5, 0.75, 1.0))


def test_histograms_share_their_range_and_leave_out_what_is_endless() -> None:
    scores = np.array([0.9, 0.8, 0.1, 0.2, 0.3, np.nan, np.inf])
    curves = similarity_histograms(scores, np.array([True, True, False, False, False, True, False]))
    assert curves["genuine"].x == curves["impostor"].x
    assert (curves["genuine"].x[0], curves["genuine"].x[-1]) == pytest.approx((0.1, 0.9))
    assert len(curves["genuine"].x) == len(curves["genuine"].y) + 1
    assert sum(curves["genuine"].y) == pytest.approx(1)
    assert sum(curves["impostor"].y) == pytest.approx(1)
