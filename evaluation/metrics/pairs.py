"""Pairs of faces with their similarity: what verification is measured on."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    embeddings: NDArray[np.float32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The cosine similarities (P,) of listed pairs of embeddings (N, D), given by their places."""
    unit = unit_length(embeddings)
    step = max(1, _AT_ONCE // unit.shape[1])
    parts = [
        np.einsum("pd,pd->p", unit[first[start : start + step]], unit[second[start : start + step]])
        for start in range(0, len(first), step)
    ]
    return np.concatenate([np.empty(0), *parts])


def all_pairs(embeddings: NDArray[np.float32], persons: NDArray[np.int64]) -> ScoredPairs:
    """Every photo against every other one, each pair once.

    Args:
        embeddings: (N, D), of any length.
        persons: (N,) whose they are.
    """
    unit = unit_length(embeddings)
    first, second = np.triu_indices(len(unit), 1)
    return ScoredPairs((unit @ unit.T)[first, second], persons[first], persons[second])


def unit_length(embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
    """Embeddings (N, D) brought to unit length; one without length stays zero."""
    wide = np.asarray(embeddings, np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.maximum(length, 1e-12))


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
