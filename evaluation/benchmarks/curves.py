"""Lines for a report's plots, thinned out to what can be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.open_set import Det
from evaluation.metrics.verification import Roc
from evaluation.results import Curve

_POINTS = 300
_BINS = 80

Floats = NDArray[np.float64]


def roc_curve(curve: Roc) -> Curve:
    """FAR against TAR; points evenly spaced in the FAR's logarithm, where DET plots look."""
    return _thinned(curve.far, curve.tar, 1 / curve.impostors)


def det_curve(curve: Det) -> Curve:
    """FPIR against FNIR, spaced likewise."""
    return _thinned(curve.fpir, curve.fnir, 1 / curve.nonmated)


def rank_curve(shares: Floats) -> Curve:
    """The share of probes found at rank 1, 2, ... or better."""
    return Curve(tuple(float(rank) for rank in range(1, len(shares) + 1)), _floats(shares))


def similarity_histograms(scores: Floats, same: NDArray[np.bool_]) -> dict[str, Curve]:
    """The shares of genuine and of impostor pairs in bins of similarity, both over the same range."""
    finite = np.isfinite(scores)
    edges = np.histogram_bin_edges(scores[finite], _BINS)
    found = {}
    for name, kind in (("genuine", same), ("impostor", ~same)):
        counts = np.histogram(scores[finite & kind], edges)[0]
        found[name] = Curve(_floats(edges), _floats(counts / max(1, counts.sum())))
    return found


def _thinned(rate: Floats, other: Floats, least: float) -> Curve:
    """The points at which the rate passes evenly spaced marks, and both ends; of equal rates the last."""
    marks = np.concatenate([[0], np.geomspace(least, 1, _POINTS)])
    places = np.unique(np.clip(np.searchsorted(rate, marks, side="right") - 1, 0, len(rate) - 1))
    return Curve(_floats(rate[places]), _floats(other[places]))


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
