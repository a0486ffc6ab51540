"""LFW's accuracy over folds of many weighted samples at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class WeightedAccuracy:
    """The mean accuracy over folds, as `verification.fold_accuracy`, each pair counting by its weight.

    Args:
        scores: (P,) finite similarities.
        same: (P,) which pairs are genuine.
        folds: (P,) the number of each pair's fold.
    """

    def __init__(
        self, scores: NDArray[np.floating], same: NDArray[np.bool_], folds: NDArray[np.int64]
    ) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        self._ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
        self._edges = np.concatenate([[np.inf], ordered[self._ends], [-np.inf]])
        self._same, self._folds = same[self._order], folds[self._order]

    def __call__(self, weights: Floats) -> Floats:
        """The accuracy (B,) of each sample from the weights (B, P) of its pairs.

        A fold of which a sample has nothing is left out of its mean; NaN where all are.
        """
        ordered = weights[:, self._order]
        gain = np.where(self._same, ordered, -ordered)  # of letting a pair pass rather than fail
        total, rows = self._running(gain), np.arange(len(ordered))
        right, counted = np.zeros(len(ordered)), np.zeros(len(ordered))
        for number in np.unique(self._folds):
            held_out = self._folds == number
            inside = self._running(np.where(held_out, gain, 0))
            size = np.where(held_out, ordered, 0).sum(1)
            impostors = np.where(held_out & ~self._same, ordered, 0).sum(1)
            passing = inside[rows, self._passing(total - inside)]
            right += np.divide(passing + impostors, size, out=np.zeros(len(size)), where=size > 0)
            counted += size > 0
        with np.errstate(invalid="ignore"):
            return np.asarray(right / counted)

    def _running(self, weights: Floats) -> Floats:
        """Sums (B, T + 1) down to each different score, 0 first."""
        sums = np.cumsum(weights, axis=1)[:, self._ends]
        return np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)

    def _passing(self, gain: Floats) -> NDArray[np.int64]:
        """How many different scores (B,) pass at the best threshold, from each cut's gains (B, T + 1)."""
        best = gain.argmax(1)
        later = np.arange(gain.shape[1]) > best[:, None]
        changes = later & (gain != gain[np.arange(len(gain)), best][:, None])
        below = np.where(changes.any(1), changes.argmax(1), gain.shape[1])
        thresholds = (self._edges[best] + self._edges[below]) / 2
        return np.asarray(np.searchsorted(-self._edges[1:-1], -thresholds, side="right"))
