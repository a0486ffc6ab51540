"""Every identification figure with its interval, under the names that results use.

The gallery stays as it is: the intervals are about other probe persons, not about another gallery.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import (
    Bootstrap,
    person_rate,
    person_rate_difference,
    rate_metric,
    sampling_variance,
)
from evaluation.metrics.identification import Candidates
from evaluation.metrics.names import fnir_name, rank_name
from evaluation.metrics.open_set import FPIRS, det, fnir_at_fpir, mated_scores
from evaluation.metrics.verification import InsufficientData
from evaluation.metrics.weighted_rates import WeightedRates
from evaluation.results import Metric

RANKS = (1, 5, 10, 20)

People = NDArray[np.int64]


def identification_metrics(
    found: Candidates, people: People, ranks: Sequence[int] = RANKS, bootstrap: Bootstrap | None = None
) -> dict[str, Metric]:
    """Closed set: `rank1`, `rank5`, ... over all probes, those of people without a gallery entry included.

    Args:
        found: What the gallery made of each probe.
        people: (P,) whose the probes are.
        ranks: Which ranks to look at.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: There are no probes.
    """
    return {rank_name(k): person_rate(found.hits(k), people, bootstrap) for k in ranks}


def identification_difference(
    before: Candidates,
    after: Candidates,
    people: People,
    ranks: Sequence[int] = RANKS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """after - before of the same figures over the same probes, paired.

    Args:
        before: What one gallery made of each probe.
        after: What another gallery made of them.
        people: (P,) whose the probes are.
        ranks: Which ranks to look at.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: There are no probes, or the two are not of as many.
    """
    return {
        rank_name(k): person_rate_difference(before.hits(k), after.hits(k), people, bootstrap) for k in ranks
    }


def open_set_metrics(
    found: Candidates,
    people: People,
    fpirs: Sequence[float] = FPIRS,
    longest_rank: int = 1,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """Open set: `fnir@fpir=1e-1`, ...; no value where the probes cannot support it, and `reason` says why.

    Args:
        found: What the gallery made of each probe.
        people: (P,) whose the probes are.
        fpirs: At which FPIRs the FNIR is read.
        longest_rank: Up to which rank the own person counts as returned.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: All probes are of enrolled people, or none.
    """
    curve = det(found, longest_rank)
    metrics, points = {}, {}
    for fpir in fpirs:
        point = fnir_at_fpir(curve, fpir)
        if isinstance(point, InsufficientData):
            metrics[fnir_name(fpir)] = Metric(None, None, None, curve.mated, reason=point.reason)
        else:
            points[fpir] = point.fnir
    variances = _variances(found, people, tuple(points), longest_rank, bootstrap or Bootstrap())
    persons = len(np.unique(people[found.mated]))
    for (fpir, fnir), variance in zip(points.items(), variances, strict=True):
        metrics[fnir_name(fpir)] = rate_metric(fnir, float(variance), curve.mated, persons)
    return {fnir_name(fpir): metrics[fnir_name(fpir)] for fpir in fpirs}


def _variances(
    found: Candidates, people: People, fpirs: tuple[float, ...], longest_rank: int, bootstrap: Bootstrap
) -> NDArray[np.float64]:
    """The variance of the FNIR at each FPIR between samples of persons.

    Mated and other probes are searched one by one against a fixed gallery: the FNIR is 1 - TAR of a ROC with
    mated probes as genuine trials and the others as impostors.
    """
    mated = found.mated
    scores = np.where(mated, mated_scores(found, longest_rank), found.best)
    lowest = float(scores[np.isfinite(scores)].min()) - 1  # below all others, as -infinity is
    rates = WeightedRates(np.maximum(scores, lowest), mated, fpirs)
    place = np.unique(people, return_inverse=True)[1]
    own, other = place[rates.genuine], place[rates.impostor]
    draws = bootstrap.draws(int(place.max()) + 1)
    replicates = np.concatenate([rates(times[:, own], times[:, other])[:, 2:] for times in draws])
    whole = replicates[~np.isnan(replicates).any(1)]
    persons = len(np.unique(place[mated]))
    return np.array([sampling_variance(column, persons) for column in whole.T])
