"""A linear probe: logistic regression over the gallery's embeddings, the extractor left as it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from evaluation.metrics.identification import unit_length
from evaluation.trackers.tracker import Faces
from recognizers import Recognizer

_INVERSE_REGULARISATION = 100.0  # unit embeddings are small numbers: scikit-learn's usual 1 underfits them
_STEPS = 1000


class LinearProbe:
    """Multinomial logistic regression (scikit-learn) on unit embeddings."""

    name = "linear"

    def study(self, recognizer: Recognizer, others: Faces, persons: int) -> None:
        """Needs nothing."""

    def scores(self, gallery: Faces, probes: Faces, persons: int) -> NDArray[np.float64]:
        """See `Tracker.scores`."""
        regression = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=_STEPS)
        regression.fit(unit_length(gallery.embeddings), gallery.people)
        logits = np.asarray(regression.decision_function(unit_length(probes.embeddings)), np.float64)
        if logits.ndim == 1:  # of two people it gives the second one's alone
            logits = np.stack([-logits, logits], 1)
        found = np.full((len(logits), persons), -np.inf)
        found[:, regression.classes_] = logits
        return found
