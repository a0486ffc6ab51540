"""Verification 1:1: ROC, DET, EER, AUC, TAR at FAR, and LFW's accuracy over folds.

Two faces pass for one person where their similarity is at or above the threshold, so that equal scores pass
or fail together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.names import power_text
from evaluation.metrics.pairs import usable

FARS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class InsufficientData:
    """A figure that the data do not support.

    Attributes:
        reason: What is missing.
    """

    reason: str


@dataclass(frozen=True)
class OperatingPoint:
    """One point of a ROC.

    Attributes:
        far: False accept rate (false match rate): the share of impostor pairs that pass.
        tar: True accept rate: the share of genuine pairs that pass.
        threshold: The similarity at or above which a pair passes; infinite where none does.
    """

    far: float
    tar: float
    threshold: float


@dataclass(frozen=True, eq=False)
class Roc:
    """All operating points, from the strictest threshold to the loosest.

    Attributes:
        far: (T,) ascending, 0 first and 1 last.
        tar: (T,) ascending, 0 first and 1 last.
        thresholds: (T,) descending: infinity, then every different score.
        genuine: How many genuine pairs there are.
        impostors: How many impostor pairs.
    """

    far: Floats
    tar: Floats
    thresholds: Floats
    genuine: int
    impostors: int

    @property
    def fnr(self) -> Floats:
        """(T,) false non-match rate, 1 - TAR: with `far` the DET curve."""
        return 1 - self.tar


def roc(scores: NDArray[np.floating], same: NDArray[np.bool_]) -> Roc:
    """The ROC (scikit-learn's, with every threshold kept).

    Args:
        scores: (P,) similarities; those that are not finite are left out with an `ExcludedScoresWarning`.
        same: (P,) which pairs are genuine.

    Raises:
        ValueError: Genuine or impostor pairs are missing, or the shapes differ.

    Examples:
        >>> curve = roc(np.array([0.9, 0.7, 0.8, 0.1]), np.array([True, True, False, False]))
        >>> curve.far.tolist(), curve.tar.tolist()
        ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
        >>> eer(curve).far, auc(curve)
        (0.5, 0.75)
    """
    from sklearn.metrics import roc_curve

    kept = usable(scores, same)
    genuine = int(np.count_nonzero(same[kept]))
    far, tar, thresholds = roc_curve(same[kept], scores[kept], drop_intermediate=False)
    return Roc(far, tar, thresholds.astype(np.float64), genuine, int(np.count_nonzero(kept)) - genuine)


def auc(curve: Roc) -> float:
    """The area under the ROC: how often a genuine pair scores above an impostor pair, ties counting half."""
    from sklearn.metrics import auc as area

    return float(area(curve.far, curve.tar))


def eer(curve: Roc) -> OperatingPoint:
    """The equal error rate: where FAR = 1 - TAR on the ROC, linear between its points.

    Returns:
        The point with the rate as `far`; `threshold` is the one of the ROC's points at or just below it.
    """
    place = int(np.argmax(curve.far >= curve.fnr))  # not the first point: there FAR is 0 and FNR is 1
    before, after = curve.fnr[place - 1] - curve.far[place - 1], curve.far[place] - curve.fnr[place]
    share = before / (before + after)
    rate = curve.far[place - 1] + share * (curve.far[place] - curve.far[place - 1])
    return OperatingPoint(float(rate), float(1 - rate), float(curve.thresholds[place]))


def tar_at_far(curve: Roc, target: float) -> OperatingPoint | InsufficientData:
    """The TAR at the largest FAR that is not above a target.

    With N impostor pairs the smallest FAR other than none is 1 / N: a target below that cannot be looked at.

    Raises:
        ValueError: The target is not within 0..1, or is 0.
    """
    if not 0 < target <= 1:
        raise ValueError(f"a FAR to read the TAR at is above 0 and at most 1, not {target}")
    if 1 / curve.impostors > target:
        return InsufficientData(insufficient_pairs(curve.impostors, target))
    place = int(np.searchsorted(curve.far, target, side="right")) - 1
    return OperatingPoint(float(curve.far[place]), float(curve.tar[place]), float(curve.thresholds[place]))


def insufficient_pairs(count: int, target: float, what: str = "impostor pairs") -> str:
    """Why a FAR cannot be looked at, in words."""
    needed = ceil(1 / target)
    return f"insufficient data: FAR {power_text(target)} needs {needed:,} {what} or more, not {count:,}"


@dataclass(frozen=True)
class FoldAccuracy:
    """Accuracy with the threshold of the other folds.

    Attributes:
        accuracy: The mean over folds.
        folds: The accuracy of each fold.
        thresholds: The threshold each fold was judged by.
    """

    accuracy: float
    folds: tuple[float, ...]
    thresholds: tuple[float, ...]


def fold_accuracy(
    scores: NDArray[np.floating], same: NDArray[np.bool_], folds: NDArray[np.int64]
) -> FoldAccuracy:
    """LFW's accuracy (Huang et al. 2007, view 2): each fold is judged by what is best on the others.

    The threshold is the strictest of the best ones, halfway down to the score where it would no longer be
    one; infinite where it is best that all pairs fail, or that all pass.

    Args:
        scores: (P,) similarities; those that are not finite are left out with an `ExcludedScoresWarning`.
        same: (P,) which pairs are genuine.
        folds: (P,) the number of each pair's fold.

    Raises:
        ValueError: There are fewer than two folds, or a kind of pair is missing in a fold's training part.
    """
    kept = usable(scores, same)
    scores, same, folds = np.asarray(scores[kept], np.float64), same[kept], folds[kept]
    numbers = np.unique(folds)
    if len(numbers) < 2:
        raise ValueError(
            f"{len(numbers)} fold: the threshold comes from other folds, so two or more are needed"
        )
    accuracies, thresholds = [], []
    for number in numbers:
        held_out = folds == number
        threshold = _best_threshold(scores[~held_out], same[~held_out])
        accuracies.append(float(np.mean((scores[held_out] >= threshold) == same[held_out])))
        thresholds.append(threshold)
    return FoldAccuracy(float(np.mean(accuracies)), tuple(accuracies), tuple(thresholds))


def _best_threshold(scores: Floats, same: NDArray[np.bool_]) -> float:
    if same.all() or not same.any():
        raise ValueError("the other folds hold genuine or impostor pairs only: no threshold can be chosen")
    distinct, place = np.unique(-scores, return_inverse=True)
    gain = np.bincount(place, np.where(same, 1, -1))  # of letting pairs pass rather than fail
    gains = np.concatenate([[0], np.cumsum(gain)])
    best = int(np.argmax(gains))
    changes = np.flatnonzero(gains[best:] != gains[best])
    below = best + int(changes[0]) if len(changes) else len(gains)
    edges = np.concatenate([[np.inf], -distinct, [-np.inf]])
    return float((edges[best] + edges[below]) / 2)
