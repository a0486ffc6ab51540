"""Verification figures of many weighted samples at once: what a bootstrap computes a thousand times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class WeightedRates:
    """EER, AUC and TAR at FAR where each pair counts as often as its weight says.

    The figures are those of `verification`. Scores are sorted once. The ROC bends only where a genuine pair
    scores: between two of these it runs level however the impostor pairs between them are weighted, so that
    impostor pairs need one running sum and nothing more.

    Attributes:
        genuine: (G,) the places of the genuine pairs, the highest score first.
        impostor: (N,) the places of the impostor pairs, the highest score first.

    Args:
        scores: (P,) finite similarities.
        same: (P,) which pairs are genuine.
        fars: At which FARs the TAR is read.
    """

    def __init__(self, scores: NDArray[np.floating], same: NDArray[np.bool_], fars: Sequence[float]) -> None:
        self.genuine, self.impostor = (_descending(scores, kind) for kind in (same, ~same))
        self._fars = fars
        falling = -scores[self.genuine]
        distinct = np.unique(falling)
        self._above = np.searchsorted(falling, distinct, side="right")  # genuine pairs down to each score
        others = -scores[self.impostor]
        # impostor pairs above each genuine score, and down to it
        self._corners = np.stack([np.searchsorted(others, distinct, side) for side in ("left", "right")], 1)

    def __call__(self, genuine: Floats, impostor: Floats) -> Floats:
        """The figures of each sample.

        Args:
            genuine: (B, G) the weights of the genuine pairs, in the order of `genuine`.
            impostor: (B, N) the weights of the impostor pairs, in the order of `impostor`.

        Returns:
            (B, 2 + F): EER, AUC and the TAR at each FAR; NaN for a sample without genuine or without impostor
            pairs.
        """
        passing, alarms = _running(genuine), _running(impostor)
        accepted = np.take(passing, self._above, axis=1)
        before = np.concatenate([np.zeros((len(accepted), 1)), accepted[:, :-1]], 1)
        tar = _with_end(np.stack([before, accepted], 2), passing[:, -1:])
        far = _with_end(np.take(alarms, self._corners, axis=1), alarms[:, -1:])
        rows = np.arange(len(far))
        columns = [_eer(far, tar), trapezoid(tar, far, axis=1)]
        columns += [tar[rows, (far <= target).sum(1) - 1] for target in self._fars]
        both = (passing[:, -1] > 0) & (alarms[:, -1] > 0)
        return np.where(both[:, None], np.stack(columns, 1), np.nan)


def _descending(scores: NDArray[np.floating], kind: NDArray[np.bool_]) -> Places:
    places = np.flatnonzero(kind)
    return np.asarray(places[np.argsort(-scores[places], kind="stable")])


def _running(weights: Floats) -> Floats:
    """Running sums (B, N + 1), 0 first."""
    sums = np.zeros((len(weights), weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums


def _with_end(corners: Floats, total: Floats) -> Floats:
    """Corners (B, J, 2) in a row behind the origin and before the end, as shares of the total."""
    flat = corners.reshape(len(corners), -1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.concatenate([np.zeros_like(total), flat, total], 1) / total)


def _eer(far: Floats, tar: Floats) -> Floats:
    rows = np.arange(len(far))
    place = np.argmax(far >= 1 - tar, axis=1)
    before = 1 - tar[rows, place - 1] - far[rows, place - 1]
    after = far[rows, place] - 1 + tar[rows, place]
    with np.errstate(invalid="ignore"):
        share = before / (before + after)
    return np.asarray(far[rows, place - 1] + share * (far[rows, place] - far[rows, place - 1]))
