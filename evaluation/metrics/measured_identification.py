"""Every identification figure with its interval, under the names that results use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.metrics.identification import Candidates
from evaluation.metrics.open_set import FPIRS
from evaluation.results import Metric

RANKS = (1, 5, 10, 20)


def identification_metrics(
    found: Candidates,
    people: NDArray[np.int64],
    ranks: Sequence[int] = RANKS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """Closed set: `rank1`, `rank5`, ... of all probes, with persons drawn again.

    The gallery stays as it is: the interval is about other probe persons, not about another gallery.

    Args:
        found: What the gallery made of each probe.
        people: (P,) whose the probes are.
        ranks: Which ranks to look at.
        bootstrap: How persons are drawn.
    """
    raise NotImplementedError


def identification_difference(
    before: Candidates,
    after: Candidates,
    people: NDArray[np.int64],
    ranks: Sequence[int] = RANKS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """The same for after - before on the same probes, paired."""
    raise NotImplementedError


def open_set_metrics(
    found: Candidates,
    people: NDArray[np.int64],
    fpirs: Sequence[float] = FPIRS,
    longest_rank: int = 1,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """Open set: `fnir@fpir=1e-1`, ... ; no value where the data cannot support it, and `reason` says why."""
    raise NotImplementedError
