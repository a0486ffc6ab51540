"""Open-set identification: some probes are of nobody in the gallery (NIST's FNIR and FPIR).

ISO/IEC 19795-1 and NIST IR 8271: FPIR is the share of searches for people who are not enrolled that return
anybody at or above the threshold; FNIR the share of searches for enrolled people that do not return them
at or above it within the first R ranks. TPIR is 1 - FNIR.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.identification import Candidates
from evaluation.metrics.names import power_text
from evaluation.metrics.verification import InsufficientData

FPIRS = (1e-1, 1e-2, 1e-3)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class IdentificationPoint:
    """One point of an open-set DET.

    Attributes:
        fpir: False positive identification rate.
        fnir: False negative identification rate.
        threshold: The similarity at or above which a candidate is returned; infinite where none is.
    """

    fpir: float
    fnir: float
    threshold: float

    @property
    def tpir(self) -> float:
        """True positive identification rate, 1 - FNIR."""
        return 1 - self.fnir


@dataclass(frozen=True, eq=False)
class Det:
    """All operating points, from the strictest threshold to the loosest.

    Attributes:
        fpir: (T,) ascending from 0.
        fnir: (T,) descending from 1.
        thresholds: (T,) descending: infinity, then every different score.
        mated: How many probes are of enrolled people.
        nonmated: How many are not.
    """

    fpir: Floats
    fnir: Floats
    thresholds: Floats
    mated: int
    nonmated: int


def mated_scores(found: Candidates, longest_rank: int = 1) -> Floats:
    """(P,) the similarity up to which each probe is found; -infinity beyond the rank or without an entry."""
    return np.where(found.hits(longest_rank), found.own, -np.inf).astype(np.float64)


def det(found: Candidates, longest_rank: int = 1) -> Det:
    """The open-set DET.

    Args:
        found: What the gallery made of each probe.
        longest_rank: R: up to which rank the own person counts as returned.

    Raises:
        ValueError: All probes are of enrolled people, or none.
    """
    mated = found.mated
    counts = int(np.count_nonzero(mated)), int(np.count_nonzero(~mated))
    if not all(counts):
        raise ValueError(f"{counts[0]} probes of enrolled people and {counts[1]} of others: both are needed")
    hits = np.sort(mated_scores(found, longest_rank)[mated])
    alarms = np.sort(found.best[~mated].astype(np.float64))
    finite = np.unique(np.concatenate([hits[np.isfinite(hits)], alarms]))[::-1]
    thresholds = np.concatenate([[np.inf], finite])
    fpir = 1 - np.searchsorted(alarms, thresholds) / len(alarms)
    fnir = np.searchsorted(hits, thresholds) / len(hits)
    return Det(fpir, fnir, thresholds, *counts)


def fnir_at_fpir(curve: Det, target: float) -> IdentificationPoint | InsufficientData:
    """The FNIR at the largest FPIR that is not above a target.

    Raises:
        ValueError: The target is not above 0 and at most 1.
    """
    if not 0 < target <= 1:
        raise ValueError(f"an FPIR to read the FNIR at is above 0 and at most 1, not {target}")
    if 1 / curve.nonmated > target:
        return InsufficientData(
            f"insufficient data: FPIR {power_text(target)} needs {ceil(1 / target):,} probes of people who "
            f"are not enrolled, or more, not {curve.nonmated:,}"
        )
    place = int(np.searchsorted(curve.fpir, target, side="right")) - 1
    return IdentificationPoint(
        float(curve.fpir[place]), float(curve.fnir[place]), float(curve.thresholds[place])
    )
