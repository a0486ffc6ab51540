"""Identification by the nearest other photos: each photo in turn is the probe, and all others the gallery."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.identification import Candidates, unit_length
from evaluation.search import nearest

Floats = NDArray[np.float32]
People = NDArray[np.int64]
_ROWS = 1024  # probes compared at one time


def leave_one_out(embeddings: Floats, people: People) -> Candidates:
    """Searches for each photo among all others, by cosine similarity.

    Args:
        embeddings: (N, D), of any length.
        people: (N,) who they are.

    Returns:
        Ranks and similarities as `evaluation.metrics.identification.identify` gives them; the one photo of a
        person who has no other is not mated.

    Raises:
        ValueError: There are fewer than two photos, or not as many people as photos.
    """
    _check(embeddings, people)
    order = np.argsort(people, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(people[order]) != 0))
    place = np.unique(people, return_inverse=True)[1]
    ranks, owns, bests = [], [], []
    for rows, similarity in _similarities(embeddings):
        best = np.maximum.reduceat(similarity[:, order], starts, axis=1)
        own = best[np.arange(len(best)), place[rows]]
        ranks.append((best >= own[:, None]).sum(1))
        owns.append(own)
        bests.append(best.max(1))
    return Candidates(np.concatenate(ranks).astype(np.int64), np.concatenate(owns), np.concatenate(bests))


def votes(embeddings: Floats, people: People, neighbours: int) -> NDArray[np.bool_]:
    """Which photos (N,) the majority of their nearest other photos names rightly; of a tie, the nearest.

    Args:
        embeddings: (N, D), of any length.
        people: (N,) who they are.
        neighbours: How many vote; all others where there are fewer.

    Raises:
        ValueError: There are fewer than two photos, nobody votes, or not as many people as photos.
    """
    _check(embeddings, people)
    if neighbours < 1:
        raise ValueError(f"one neighbour or more votes, not {neighbours}")
    count = min(neighbours, len(people) - 1)
    place = np.unique(people, return_inverse=True)[1]
    weights = 1 + 0.5 ** (np.arange(count) + 2)  # less than half a vote more together: it decides ties alone
    voters = place[_nearest_others(embeddings, count)]
    hits = []
    for start in range(0, len(voters), _ROWS):
        block = voters[start : start + _ROWS]
        tally = np.zeros((len(block), place.max() + 1))
        np.add.at(tally, (np.arange(len(block))[:, None], block), weights)
        hits.append(tally.argmax(1) == place[start : start + _ROWS])
    return np.concatenate(hits)


def _nearest_others(embeddings: Floats, count: int) -> NDArray[np.int64]:
    """The places of the photos most similar to each photo (N, count), itself left out."""
    found = nearest(embeddings, embeddings, count + 1).entry
    itself = found == np.arange(len(found))[:, None]
    itself[~itself.any(1), -1] = True  # equal photos came before it: the last one goes
    others: NDArray[np.int64] = found[~itself].reshape(len(found), count)
    return others


def _similarities(embeddings: Floats) -> Iterator[tuple[People, Floats]]:
    """Blocks of probes: their places, and their similarities to all photos, to themselves -infinity."""
    unit = unit_length(embeddings)
    for start in range(0, len(unit), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(unit)))
        similarity = unit[rows] @ unit.T
        similarity[np.arange(len(rows)), rows] = -np.inf
        yield rows, similarity


def _check(embeddings: Floats, people: People) -> None:
    if len(embeddings) != len(people) or embeddings.ndim != 2:
        raise ValueError(f"embeddings {embeddings.shape} do not fit {len(people)} people")
    if len(people) < 2:
        raise ValueError(f"nearest neighbours need two photos, not {len(people)}")
