"""Pairs of faces with their similarity: what verification is measured on."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.identification import unit_length
from recognizers.base import Measure

_AT_ONCE = 4_000_000  # values held at one time


class ExcludedScoresWarning(UserWarning):
    """Scores that are not finite were left out."""


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """Similarities of pairs of faces, and whose faces they are.

    Attributes:
        scores: (P,) similarities; larger is more alike.
        first: (P,) the person on the pair's one side.
        second: (P,) the person on the other.

    Raises:
        ValueError: The lengths differ.
    """

    scores: NDArray[np.float64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.scores), len(self.first), len(self.second)}
        if len(lengths) != 1:
            raise ValueError(f"scores and both sides of the pairs have different lengths: {sorted(lengths)}")

    @property
    def same(self) -> NDArray[np.bool_]:
        """(P,) which pairs are genuine: both faces are one person's."""
        return np.asarray(self.first == self.second)

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, kept: NDArray[np.bool_]) -> ScoredPairs:
        """Those pairs (P,) that are true."""
        return ScoredPairs(self.scores[kept], self.first[kept], self.second[kept])


def pair_similarities(
    embeddings: NDArray[np.float32],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    measure: Measure = Measure.COSINE,
) -> NDArray[np.float64]:
    """The similarities (P,) of listed pairs of embeddings (N, D), given by their places.

    Args:
        embeddings: (N, D), of any length.
        first: (P,) the places of the pairs' first embeddings.
        second: (P,) those of the second.
        measure: Cosine similarity; or Euclidean distance, negative, so that more is always more alike.
    """
    vectors, alike = embeddings.astype(np.float64), _nearness
    if measure is Measure.COSINE:
        vectors, alike = unit_length(vectors), _cosine
    step = max(1, _AT_ONCE // vectors.shape[1])
    parts = [
        alike(vectors[first[start : start + step]], vectors[second[start : start + step]])
        for start in range(0, len(first), step)
    ]
    return np.concatenate([np.empty(0), *parts])


def _cosine(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("pd,pd->p", first, second))


def _nearness(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-np.linalg.norm(first - second, axis=1))


def all_pairs(embeddings: NDArray[np.float32], persons: NDArray[np.int64]) -> ScoredPairs:
    """Every photo against every other one, each pair once.

    Args:
        embeddings: (N, D), of any length.
        persons: (N,) whose they are.
    """
    unit = unit_length(embeddings.astype(np.float64))
    first, second = np.triu_indices(len(unit), 1)
    return ScoredPairs((unit @ unit.T)[first, second], persons[first], persons[second])


def usable(scores: NDArray[np.floating], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which scores can be used: the finite ones; a warning says how many others there are.

    Raises:
        ValueError: The two are not (P,) both, or genuine or impostor pairs are missing.
    """
    if scores.ndim != 1 or scores.shape != same.shape:
        raise ValueError(f"scores {scores.shape} and same {same.shape} are not (P,) both")
    finite = np.isfinite(scores)
    excluded = len(scores) - int(np.count_nonzero(finite))
    if excluded:
        text = f"{excluded} of {len(scores)} scores are infinite or not numbers and were left out"
        warnings.warn(text, ExcludedScoresWarning, stacklevel=3)
    genuine = int(np.count_nonzero(same[finite]))
    impostors = len(scores) - excluded - genuine
    if not genuine or not impostors:
        raise ValueError(f"{genuine} genuine and {impostors} impostor pairs: verification needs both kinds")
    return np.asarray(finite)
