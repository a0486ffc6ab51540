"""Templates: a probe is like a person as far as the mean of their photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.identification import templates, unit_length
from evaluation.trackers.tracker import Faces
from recognizers import Recognizer


class Centroid:
    """Cosine similarity to the mean of each person's unit embeddings."""

    name = "centroid"

    def study(self, recognizer: Recognizer, others: Faces, persons: int) -> None:
        """Needs nothing."""

    def scores(self, gallery: Faces, probes: Faces, persons: int) -> NDArray[np.float64]:
        """See `Tracker.scores`."""
        means, people = templates(gallery.embeddings, gallery.people)
        found = np.full((len(probes.embeddings), persons), -np.inf)
        found[:, people] = unit_length(probes.embeddings) @ means.T
        return found
