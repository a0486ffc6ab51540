"""Every verification figure with its interval, under the names that results use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.metrics.pairs import ScoredPairs
from evaluation.metrics.verification import FARS
from evaluation.results import Metric


def verification_metrics(
    pairs: ScoredPairs,
    folds: NDArray[np.int64] | None = None,
    fars: Sequence[float] = FARS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """`eer`, `auc`, `tar@far=1e-1` ... `tar@far=1e-6`, and `accuracy` where there are folds.

    Args:
        pairs: P scored pairs; those whose score is not finite are left out with an `ExcludedScoresWarning`.
        folds: (P,) the number of each pair's fold, or None.
        fars: At which FARs the TAR is read.
        bootstrap: How persons are drawn.

    Raises:
        ValueError: Genuine or impostor pairs are missing.
    """
    raise NotImplementedError


def verification_difference(
    before: ScoredPairs,
    after: ScoredPairs,
    folds: NDArray[np.int64] | None = None,
    fars: Sequence[float] = FARS,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Metric]:
    """The same for after - before on the same pairs of people, with the same persons drawn for both."""
    raise NotImplementedError
