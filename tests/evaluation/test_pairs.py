"""Pairs are scored as the recogniser's users compare embeddings."""

from __future__ import annotations

import numpy as np

from evaluation.metrics.pairs import pair_similarities
from recognizers import Measure

_EMBEDDINGS = np.array([[0, 1], [3, 4], [6, 8], [0, -2]], np.float32)


def test_cosine_pairs_do_not_depend_on_length() -> None:
    scores = pair_similarities(_EMBEDDINGS, np.array([1, 0, 0]), np.array([2, 1, 3]))
    np.testing.assert_allclose(scores, [1, 0.8, -1])


def test_euclidean_pairs_are_scored_by_their_negative_distance() -> None:
    scores = pair_similarities(_EMBEDDINGS, np.array([1, 2, 0]), np.array([2, 2, 3]), Measure.EUCLIDEAN)
    np.testing.assert_allclose(scores, [-5, 0, -3])
