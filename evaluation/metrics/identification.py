"""Closed-set identification 1:N: how often the nearest gallery entry is the probe's own person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Proportion:
    """A share of trials with its exact 95 % interval (Clopper & Pearson 1934).

    Attributes:
        value: hits / n, 0..1.
        low: Lower end of the interval.
        high: Upper end of the interval.
        n: The number of trials.
    """

    value: float
    low: float
    high: float
    n: int


def proportion(hits: int, n: int) -> Proportion:
    """The share of n trials that hit.

    Raises:
        ValueError: There are no trials, or more hits than trials.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n} trials make no proportion")
    tail = (1 - _CONFIDENCE) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return Proportion(hits / n, low, high, n)


def rank1_hits(
    probes: NDArray[np.float32],
    probe_people: NDArray[np.int64],
    gallery: NDArray[np.float32],
    gallery_people: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which probes find their own person first, nearest neighbour by cosine similarity.

    A tie between the own person and another counts as a miss.

    Args:
        probes: (P, D) embeddings, of any length.
        probe_people: (P,) who they are.
        gallery: (G, D) embeddings.
        gallery_people: (G,) who they are.

    Returns:
        (P,): False also where the person has no gallery entry at all.

    Raises:
        ValueError: The gallery is empty, or shapes do not fit together.
    """
    if not len(gallery):
        raise ValueError("the gallery is empty")
    if len(probes) != len(probe_people) or len(gallery) != len(gallery_people):
        raise ValueError("each embedding needs exactly one person")
    similarity = _unit(probes) @ _unit(gallery).T
    own = gallery_people[None] == probe_people[:, None]
    best_own = np.where(own, similarity, -np.inf).max(1)
    best_other = np.where(own, -np.inf, similarity).max(1)
    return np.asarray(best_own > best_other)


def _unit(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(length, 1e-12), dtype=np.float32)
