"""What every tracker is: it is given a gallery of named faces and says how much each probe is like whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from recognizers import Recognizer


@dataclass(frozen=True, eq=False)
class Faces:
    """Faces as one recogniser sees them.

    Attributes:
        embeddings: (N, D), of any length.
        people: (N,) the number of whoever each shows.
        crops: Gives the aligned crops (N, 3, size, size), RGB, 0..1; called by trackers that train alone.
    """

    embeddings: NDArray[np.float32]
    people: NDArray[np.int64]
    crops: Callable[[], Tensor]


class Tracker(Protocol):
    """A way to name faces.

    Attributes:
        name: What a person types to choose it.
    """

    @property
    def name(self) -> str: ...

    def study(self, recognizer: Recognizer, others: Faces, persons: int) -> None:
        """Gets ready, once for each recogniser: with faces that every gallery will hold as they are.

        Args:
            recognizer: What made the embeddings.
            others: The faces.
            persons: How many people there are, numbered from 0.
        """
        ...

    def scores(self, gallery: Faces, probes: Faces, persons: int) -> NDArray[np.float64]:
        """How much each probe is like each person: (P, persons), -infinity for people not in the gallery."""
        ...


def ranks(scores: NDArray[np.float64], people: NDArray[np.int64]) -> NDArray[np.int64]:
    """At which rank each probe's own person comes: (P,) from 1.

    Equal scores count against the own person, and one who is not in the gallery comes after everybody.

    Args:
        scores: (P, persons), as from `Tracker.scores`.
        people: (P,) who the probes are.
    """
    own = scores[np.arange(len(people)), people]
    at_least = (scores >= own[:, None]).sum(1)
    return np.asarray(np.where(np.isfinite(own), at_least, scores.shape[1] + 1), np.int64)
