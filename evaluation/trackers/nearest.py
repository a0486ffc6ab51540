"""The nearest neighbour: a probe is like a person as far as the most similar photo of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.identification import unit_length
from evaluation.trackers.tracker import Faces
from recognizers import Recognizer


class NearestNeighbour:
    """Cosine similarity to the nearest gallery photo of each person."""

    name = "nearest"

    def study(self, recognizer: Recognizer, others: Faces, persons: int) -> None:
        """Needs nothing."""

    def scores(self, gallery: Faces, probes: Faces, persons: int) -> NDArray[np.float64]:
        """See `Tracker.scores`."""
        similarity = unit_length(probes.embeddings) @ unit_length(gallery.embeddings).T
        found = np.full((persons, len(similarity)), -np.inf)
        np.maximum.at(found, gallery.people, similarity.T)
        return np.ascontiguousarray(found.T)
