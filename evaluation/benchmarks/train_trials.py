"""What a trained victim made of the photos it is tested on, and the figures of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.curves import rank_curve, roc_curve
from evaluation.intervals import Bootstrap, person_rate, person_rate_difference
from evaluation.metrics.measured_verification import verification_difference, verification_metrics
from evaluation.metrics.pairs import ScoredPairs
from evaluation.metrics.verification import roc
from evaluation.results import Curve, Metric

CHANGE = "_change"


class Trials(Protocol):
    """The trials of one test of one trained victim."""

    def metrics(self, bootstrap: Bootstrap) -> dict[str, Metric]:
        """Every figure with its interval over persons."""
        ...

    def changes(self, before: Self, bootstrap: Bootstrap) -> dict[str, Metric]:
        """How much higher each figure is than before, on the same trials; names end in `CHANGE`."""
        ...

    def curves(self) -> dict[str, Curve]:
        """Lines for plots."""
        ...

    def per_person(self) -> dict[str, tuple[tuple[float, int], ...]]:
        """Figure -> each person's sum over their trials, and number of trials."""
        ...


@dataclass(frozen=True, eq=False)
class Hits:
    """Photos that were named, rightly or not.

    Attributes:
        hits: Figure -> (N,) which photos were named rightly.
        people: (N,) whom they show.
        cmc: The share named at rank 1, 2, ... or better; empty where nothing is ranked.
    """

    hits: Mapping[str, NDArray[np.bool_]]
    people: NDArray[np.int64]
    cmc: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def only(self, kept: NDArray[np.bool_]) -> Hits:
        """Those photos (N,) that are true."""
        return Hits({name: hits[kept] for name, hits in self.hits.items()}, self.people[kept])

    def metrics(self, bootstrap: Bootstrap) -> dict[str, Metric]:
        """See `Trials.metrics`."""
        if not len(self.people):
            none = Metric(None, None, None, 0, reason="no face was found on any test photo")
            return dict.fromkeys(self.hits, none)
        return {name: person_rate(hits, self.people, bootstrap) for name, hits in self.hits.items()}

    def changes(self, before: Hits, bootstrap: Bootstrap) -> dict[str, Metric]:
        """See `Trials.changes`."""
        if not len(self.people):
            return {}
        return {
            name + CHANGE: person_rate_difference(before.hits[name], hits, self.people, bootstrap)
            for name, hits in self.hits.items()
        }

    def curves(self) -> dict[str, Curve]:
        """See `Trials.curves`."""
        return {"cmc": rank_curve(self.cmc)} if len(self.cmc) else {}

    def per_person(self) -> dict[str, tuple[tuple[float, int], ...]]:
        """See `Trials.per_person`."""
        place = np.unique(self.people, return_inverse=True)[1]
        counts = np.bincount(place)
        return {
            name: tuple((float(s), int(n)) for s, n in zip(np.bincount(place, hits), counts, strict=True))
            for name, hits in self.hits.items()
            if len(place)
        }


@dataclass(frozen=True, eq=False)
class Compared:
    """Pairs of photos that were compared.

    Attributes:
        pairs: The pairs with their similarities.
        folds: (P,) the number of each pair's fold; None without any.
    """

    pairs: ScoredPairs
    folds: NDArray[np.int64] | None

    def metrics(self, bootstrap: Bootstrap) -> dict[str, Metric]:
        """See `Trials.metrics`."""
        return verification_metrics(self.pairs, self.folds, bootstrap=bootstrap)

    def changes(self, before: Compared, bootstrap: Bootstrap) -> dict[str, Metric]:
        """See `Trials.changes`."""
        found = verification_difference(before.pairs, self.pairs, self.folds, bootstrap=bootstrap)
        return {name + CHANGE: metric for name, metric in found.items()}

    def curves(self) -> dict[str, Curve]:
        """See `Trials.curves`."""
        return {"roc": roc_curve(roc(self.pairs.scores, self.pairs.same))}

    def per_person(self) -> dict[str, tuple[tuple[float, int], ...]]:
        """See `Trials.per_person`: a pair is of two people, so there is nothing to add up by person."""
        return {}
