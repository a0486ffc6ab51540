"""Weighted figures equal those of pairs that are repeated as often as their weight says."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.metrics.verification import auc, eer, fold_accuracy, roc
from evaluation.metrics.weighted_accuracy import WeightedAccuracy
from evaluation.metrics.weighted_rates import WeightedRates
from tests.evaluation.test_verification import SEEDS, made_scores

FARS = (0.5, 0.1, 0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_repeat_pairs(seed: int) -> None:
    scores, same = made_scores(seed, size=150)
    weights = np.random.default_rng(seed).integers(0, 4, (5, len(scores))).astype(float)
    rates = WeightedRates(scores, same, FARS)
    found = rates(weights[:, rates.genuine], weights[:, rates.impostor])
    for row, times in zip(found, weights, strict=True):
        places = np.repeat(np.arange(len(scores)), times.astype(int))
        curve = roc(scores[places], same[places])
        tars = [curve.tar[np.searchsorted(curve.far, far, side="right") - 1] for far in FARS]
        np.testing.assert_allclose(row, [eer(curve).far, auc(curve), *tars], atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_repeat_pairs_in_folds(seed: int) -> None:
    scores, same = made_scores(seed, size=150)
    rng = np.random.default_rng(seed)
    folds = rng.integers(0, 4, len(scores))
    weights = rng.integers(0, 4, (5, len(scores))).astype(float)
    found = WeightedAccuracy(scores, same, folds)(weights)
    for accuracy, times in zip(found, weights, strict=True):
        places = np.repeat(np.arange(len(scores)), times.astype(int))
        wanted = fold_accuracy(scores[places], same[places], folds[places]).accuracy
        assert accuracy == pytest.approx(wanted, abs=1e-12)


def test_a_sample_without_one_kind_has_no_figures() -> None:
    scores, same = made_scores(0, size=50)
    rates = WeightedRates(scores, same, FARS)
    one = np.ones((1, len(rates.genuine))), np.ones((1, len(rates.impostor)))
    assert np.isnan(rates(0 * one[0], one[1])).all()
    assert np.isnan(rates(one[0], 0 * one[1])).all()
    assert not np.isnan(rates(*one)).any()


def test_a_fold_that_is_not_drawn_is_left_out() -> None:
    scores, same = made_scores(0, size=90)
    folds = np.arange(90) % 3
    weights = (folds != 1).astype(float)[None]
    kept = folds != 1
    wanted = fold_accuracy(scores[kept], same[kept], folds[kept]).accuracy
    assert WeightedAccuracy(scores, same, folds)(weights)[0] == pytest.approx(wanted, abs=1e-12)
