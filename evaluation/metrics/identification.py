"""Identification 1:N: whom the nearest gallery entries say a probe is; ranks, CMC, templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.rivals import rivals

Floats = NDArray[np.float32]
Precision = TypeVar("Precision", np.float32, np.float64)
People = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a gallery makes of each probe, nearest by cosine similarity.

    Attributes:
        rank: (P,) one more than the number of other people with an entry at least as similar as the own
            person's best one, so that a tie counts against finding them. People are ranked, not photos. A
            person who is not in the gallery has the rank after the last one's.
        own: (P,) the best similarity to the own person; -infinity for one who is not in the gallery.
        best: (P,) the best similarity to anybody.
    """

    rank: NDArray[np.int64]
    own: Floats
    best: Floats

    @property
    def mated(self) -> NDArray[np.bool_]:
        """(P,) whose person is in the gallery."""
        return np.isfinite(self.own)

    def hits(self, rank: int) -> NDArray[np.bool_]:
        """(P,) who is found at a rank or better; never who is not in the gallery."""
        return self.mated & (self.rank <= rank)


def identify(probes: Floats, probe_people: People, gallery: Floats, gallery_people: People) -> Candidates:
    """Searches a gallery for each probe, exactly.

    Args:
        probes: (P, D) embeddings, of any length.
        probe_people: (P,) who they are.
        gallery: (G, D) embeddings: single photos, templates, distractors, in any number.
        gallery_people: (G,) who they are.

    Raises:
        ValueError: A side is empty, or shapes do not fit together.
    """
    if not len(gallery):
        raise ValueError("the gallery is empty")
    if not len(probes):
        raise ValueError("there are no probes")
    if len(probes) != len(probe_people) or len(gallery) != len(gallery_people):
        raise ValueError("each embedding needs exactly one person")
    if probes.ndim != 2 or gallery.ndim != 2 or probes.shape[1] != gallery.shape[1]:
        raise ValueError(f"probes {probes.shape} and gallery {gallery.shape} do not have one dimension")
    others, own, best = rivals(probes, probe_people, gallery, gallery_people)
    return Candidates(others + 1, own, best)


def rank1_hits(
    probes: Floats, probe_people: People, gallery: Floats, gallery_people: People
) -> NDArray[np.bool_]:
    """Which probes (P,) find their own person first; arguments and errors as in `identify`.

    False also where the person has no gallery entry at all.
    """
    return identify(probes, probe_people, gallery, gallery_people).hits(1)


def cmc(found: Candidates, longest: int) -> NDArray[np.float64]:
    """The cumulative match characteristic: the share of probes found at rank k or better.

    Args:
        found: What the gallery made of each probe.
        longest: The last rank to look at.

    Returns:
        (longest,): for k = 1, 2, ...

    Raises:
        ValueError: The last rank is below 1.
    """
    if longest < 1:
        raise ValueError(f"a CMC goes to rank 1 or beyond, not {longest}")
    ranks = np.minimum(np.where(found.mated, found.rank, longest + 1), longest + 1)
    counts = np.bincount(ranks, minlength=longest + 2)[1 : longest + 1]
    return np.asarray(np.cumsum(counts) / len(ranks))


def templates(embeddings: Floats, people: People) -> tuple[Floats, People]:
    """One embedding per person: the mean of their unit embeddings, brought to unit length.

    Args:
        embeddings: (N, D), of any length.
        people: (N,) who they are.

    Returns:
        (K, D) and (K,), people in ascending order.
    """
    names, place = np.unique(people, return_inverse=True)
    sums = np.zeros((len(names), embeddings.shape[1]))
    np.add.at(sums, place, unit_length(embeddings))
    return unit_length(sums.astype(np.float32)), names


def unit_length(embeddings: NDArray[Precision]) -> NDArray[Precision]:
    """Embeddings (N, D) brought to unit length, as precise as they come; one without length stays zero."""
    length = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(length, 1e-12), dtype=embeddings.dtype)
