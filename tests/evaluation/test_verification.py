"""Verification figures against scikit-learn, pyeer and cases counted by hand, on scores with many ties."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, det_curve, roc_auc_score, roc_curve

from evaluation.metrics.pairs import ExcludedScoresWarning
from evaluation.metrics.verification import (
    FARS,
    InsufficientData,
    OperatingPoint,
    auc,
    eer,
    fold_accuracy,
    roc,
    tar_at_far,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEEDS = range(25)


def made_scores(seed: int, size: int = 400) -> tuple[Floats, Bools]:
    """Overlapping scores on a coarse grid, so that many are equal, of both kinds too."""
    rng = np.random.default_rng(seed)
    same = rng.random(size) < rng.uniform(0.1, 0.9)
    same[:2] = True, False
    return np.round(rng.normal(size=size) + rng.uniform(0, 3) * same, int(rng.integers(0, 3))), same


@pytest.mark.parametrize("seed", SEEDS)
def test_the_roc_is_scikit_learns_and_its_area_too(seed: int) -> None:
    scores, same = made_scores(seed)
    curve = roc(scores, same)
    far, tar, thresholds = roc_curve(same, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.far, far, atol=1e-12)
    np.testing.assert_allclose(curve.tar, tar, atol=1e-12)
    np.testing.assert_array_equal(curve.thresholds, thresholds)
    assert curve.thresholds[0] == np.inf
    assert (curve.genuine, curve.impostors) == (same.sum(), (~same).sum())
    assert auc(curve) == pytest.approx(roc_auc_score(same, scores), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_det_holds_all_of_scikit_learns_points(seed: int) -> None:
    scores, same = made_scores(seed)
    curve = roc(scores, same)
    ours = {(round(far, 9), round(fnr, 9)) for far, fnr in zip(curve.far, curve.fnr, strict=True)}
    far, fnr, _ = det_curve(same, scores)
    assert {(round(x, 9), round(y, 9)) for x, y in zip(far, fnr, strict=True)} <= ours


@pytest.mark.parametrize("seed", SEEDS)
def test_the_equal_error_rate_is_where_scikit_learns_roc_crosses(seed: int) -> None:
    scores, same = made_scores(seed)
    far, tar, _ = roc_curve(same, scores)
    found = eer(roc(scores, same))
    # along the ROC FAR + TAR only grows, and where it is 1 the two error rates are equal
    assert found.far == pytest.approx(np.interp(1, far + tar, far), abs=1e-9)
    assert found.tar == pytest.approx(1 - found.far, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_error_rates_equal_pyeers_and_the_equal_error_rate_lies_in_its_bounds(seed: int) -> None:
    stats = pytest.importorskip("pyeer.eer_stats")
    scores, same = made_scores(seed)
    curve = roc(scores, same)
    thresholds, fmr, fnmr = stats.calculate_roc(scores[same], scores[~same])
    np.testing.assert_allclose(curve.thresholds[:0:-1], thresholds)
    np.testing.assert_allclose(curve.far[:0:-1], fmr, atol=1e-9)
    np.testing.assert_allclose(curve.fnr[:0:-1], fnmr, atol=1e-9)
    far, fnr = np.append(fmr, 0), np.append(fnmr, 1)
    crossing = int(np.argmax(far <= fnr))
    around = slice(max(0, crossing - 1), crossing + 1)
    assert min(far[around].min(), fnr[around].min()) - 1e-9 <= eer(curve).far
    assert eer(curve).far <= max(far[around].max(), fnr[around].max()) + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("target", [*FARS[:3], 0.25, 1.0])
def test_the_tar_is_read_at_the_largest_far_that_is_not_above_the_target(seed: int, target: float) -> None:
    scores, same = made_scores(seed)
    found = tar_at_far(roc(scores, same), target)
    best = (0.0, 0.0)
    for threshold in np.unique(scores):
        far, tar = float(np.mean(scores[~same] >= threshold)), float(np.mean(scores[same] >= threshold))
        if far <= target:
            best = max(best, (far, tar))
    if 1 / np.count_nonzero(~same) > target:
        assert isinstance(found, InsufficientData)
        return
    assert isinstance(found, OperatingPoint)
    assert (found.far, found.tar) == pytest.approx(best, abs=1e-9)
    assert np.mean(scores[~same] >= found.threshold) == pytest.approx(found.far, abs=1e-12)
    assert np.mean(scores[same] >= found.threshold) == pytest.approx(found.tar, abs=1e-12)


def test_a_case_counted_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.8, 0.6, 0.8, 0.7, 0.3, 0.1])
    same = np.array([True, True, True, True, False, False, False, False])
    curve = roc(scores, same)
    assert tar_at_far(curve, 0.25) == OperatingPoint(0.25, 0.75, 0.8)
    assert tar_at_far(curve, 0.49) == OperatingPoint(0.25, 0.75, 0.8)
    assert tar_at_far(curve, 0.5) == OperatingPoint(0.5, 1.0, 0.6)
    # genuine above impostor: 4 + (1/2 + 3) + (1/2 + 3) + 2 of 16
    assert auc(curve) == pytest.approx(13 / 16, abs=1e-12)
    # at FAR 1/4 the FNR is 1/4 too
    assert eer(curve).far == pytest.approx(0.25, abs=1e-12)


def test_what_the_impostor_pairs_cannot_support_is_said_in_words() -> None:
    scores, same = np.arange(2000.0), np.arange(2000) >= 1000
    curve = roc(scores, same)
    assert tar_at_far(curve, 1e-3) == OperatingPoint(1e-3, 1.0, 999.0)
    found = tar_at_far(curve, 1e-4)
    assert isinstance(found, InsufficientData)
    assert "1e-4 needs 10,000 impostor pairs or more, not 1,000" in found.reason


@pytest.mark.parametrize("target", [0.0, -0.1, 1.5])
def test_a_far_out_of_range_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="FAR"):
        tar_at_far(roc(*made_scores(0)), target)


def test_scores_that_are_not_finite_are_left_out_with_a_warning() -> None:
    scores, same = made_scores(1)
    spoilt = np.concatenate([scores, [np.inf, -np.inf, np.nan]])
    with pytest.warns(ExcludedScoresWarning, match="3 of 403 scores"):
        found = roc(spoilt, np.concatenate([same, [True, False, True]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = roc(scores, same)
    np.testing.assert_array_equal(found.far, whole.far)
    np.testing.assert_array_equal(found.tar, whole.tar)


@pytest.mark.parametrize("kind", [True, False])
def test_one_kind_of_pair_alone_is_refused(kind: bool) -> None:
    with pytest.raises(ValueError, match="needs both kinds"):
        roc(np.arange(5.0), np.full(5, kind))


def test_the_only_genuine_pair_being_infinite_is_refused() -> None:
    with pytest.warns(ExcludedScoresWarning), pytest.raises(ValueError, match="0 genuine and 2 impostor"):
        roc(np.array([np.inf, 0.1, 0.2]), np.array([True, False, False]))


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\(3,\) and same \(2,\)"):
        roc(np.zeros(3), np.array([True, False]))


def test_fold_accuracy_by_hand() -> None:
    # fold 0 separates at 0.5, fold 1 at 0.25: each is judged by the other's threshold
    scores = np.array([0.8, 0.6, 0.4, 0.2, 0.9, 0.3, 0.2, 0.1])
    same = np.array([True, True, False, False] * 2)
    folds = np.repeat([0, 1], 4)
    found = fold_accuracy(scores, same, folds)
    assert found.thresholds == pytest.approx((0.25, 0.5))
    assert found.folds == (0.75, 0.75)
    assert found.accuracy == 0.75


@pytest.mark.parametrize("seed", SEEDS)
def test_each_fold_is_judged_by_a_threshold_that_is_best_on_the_others(seed: int) -> None:
    scores, same = made_scores(seed)
    folds = np.random.default_rng(seed).integers(0, 7, len(scores))
    found = fold_accuracy(scores, same, folds)
    candidates = np.concatenate([[-np.inf], np.unique(scores), [np.inf]])
    for number, accuracy, threshold in zip(range(7), found.folds, found.thresholds, strict=True):
        inside, others = folds == number, folds != number
        right = [accuracy_score(same[others], scores[others] >= candidate) for candidate in candidates]
        assert accuracy_score(same[others], scores[others] >= threshold) == pytest.approx(max(right))
        assert accuracy_score(same[inside], scores[inside] >= threshold) == pytest.approx(accuracy)
    assert found.accuracy == pytest.approx(np.mean(found.folds), abs=1e-12)


def test_a_held_out_fold_does_not_move_its_own_threshold() -> None:
    scores, same = made_scores(3)
    folds = np.arange(len(scores)) % 4
    moved = np.where(folds == 2, scores - 100, scores)
    assert fold_accuracy(moved, same, folds).thresholds[2] == fold_accuracy(scores, same, folds).thresholds[2]


def test_one_fold_is_refused_and_so_are_folds_without_both_kinds() -> None:
    scores, same = made_scores(4)
    with pytest.raises(ValueError, match="two or more"):
        fold_accuracy(scores, same, np.zeros(len(scores), int))
    with pytest.raises(ValueError, match="no threshold can be chosen"):
        fold_accuracy(scores, same, same.astype(int))
