"""How many other people of a gallery look at least as much like a probe as the probe's own person.

The gallery is gone through block by block, whatever its size. Its entries are put in three groups: those of
people there are probes of, whose similarities have to be known first; single ones of everybody else, which
need no more than counting; and several of one person, of which the best one counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

_ENTRIES, _PROBES = 4096, 1024  # at a time: 16 MiB of similarities, which processors keep at hand
_TIE = 2.0**-22  # two float32 similarities this close are the same but for rounding
_FRONT = 16 * 1024**2  # similarities to the probes' own people that are kept

Floats = NDArray[np.float32]
People = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OrderedGallery:
    """A gallery in the order it is searched in.

    Attributes:
        embeddings: (G, D) as they came.
        order: (G,) the places of its entries, in groups and each person's together.
        people: (G,) who they are, in that order.
        front: How many entries are of people there are probes of.
        single: Where the entries of people with several ones begin, behind those.
    """

    embeddings: Floats
    order: NDArray[np.int64]
    people: People
    front: int
    single: int

    @staticmethod
    def of(embeddings: Floats, people: People, probe_people: People) -> OrderedGallery:
        """Orders a gallery for the probes of some people."""
        _, place, counts = np.unique(people, return_inverse=True, return_counts=True)
        group = np.where(np.isin(people, probe_people), 0, np.where(counts[place] == 1, 1, 2))
        order = np.lexsort((people, group))
        front, single = int(np.count_nonzero(group == 0)), int(np.count_nonzero(group < 2))
        return OrderedGallery(embeddings, order, people[order], front, single)

    def similarities(self, probes: Tensor, start: int, stop: int) -> Floats:
        """Of unit-length probes (P, D) to a part of the order: (P, stop - start)."""
        block = torch.as_tensor(self.embeddings[self.order[start:stop]], dtype=torch.float32)
        found: Floats = (probes @ normalize(block).T).numpy()
        return found


def rivals(
    probes: Floats, probe_people: People, gallery: Floats, gallery_people: People
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Searches a gallery for each probe.

    Args:
        probes: (P, D) embeddings, of any length.
        probe_people: (P,) who they are.
        gallery: (G, D) embeddings, of any length.
        gallery_people: (G,) who they are.

    Returns:
        (P,) how many other people have an entry at least as similar as the own person's best one; (P,) the
        similarity of that one, -infinity where there is none, and then everybody counts; (P,) the best
        similarity to anybody.
    """
    ordered = OrderedGallery.of(gallery, gallery_people, probe_people)
    step = min(_PROBES, max(1, _FRONT // max(1, ordered.front)))
    parts = [
        _of_some(probes[start : start + step], probe_people[start : start + step], ordered)
        for start in range(0, len(probes), step)
    ]
    counts, own, best = (np.concatenate(column) for column in zip(*parts, strict=True))
    return counts, own, best


def _of_some(
    probes: Floats, people: People, gallery: OrderedGallery
) -> tuple[NDArray[np.int64], Floats, Floats]:
    queries = normalize(torch.as_tensor(probes, dtype=torch.float32))
    front = gallery.similarities(queries, 0, gallery.front)
    is_own = gallery.people[None, : gallery.front] == people[:, None]
    own = np.where(is_own, front, -np.inf).max(1, initial=-np.inf)
    line = (own - _TIE).astype(np.float32)[:, None]
    best = front.max(1, initial=-np.inf)
    tally = _Tally(len(probes))
    tally.add((front >= line) & ~is_own, gallery.people[: gallery.front])
    counts = np.zeros(len(probes), np.int64)
    for begin, end in ((gallery.front, gallery.single), (gallery.single, len(gallery.people))):
        for start in range(begin, end, _ENTRIES):
            stop = min(start + _ENTRIES, end)
            similarity = gallery.similarities(queries, start, stop)
            best = np.maximum(best, similarity.max(1))
            if end == gallery.single:
                counts += np.count_nonzero(similarity >= line, axis=1)
            else:
                tally.add(similarity >= line, gallery.people[start:stop])
    return counts + tally.counts, own, best


class _Tally:
    """Counts for each probe the people with any hit, their entries coming in a row but in several blocks."""

    def __init__(self, probes: int) -> None:
        self.counts = np.zeros(probes, np.int64)
        self._last: int | None = None
        self._last_hit = np.zeros(probes, np.bool_)

    def add(self, hits: NDArray[np.bool_], people: People) -> None:
        """Adds a block: hits (P, B) on entries of people (B,)."""
        if not len(people):
            return
        starts = np.flatnonzero(np.append(True, people[1:] != people[:-1]))
        found = np.logical_or.reduceat(hits, starts, axis=1)
        self.counts += np.count_nonzero(found, axis=1)
        if people[0] == self._last:
            self.counts -= found[:, 0] & self._last_hit  # counted in the block before
            found[:, 0] |= self._last_hit
        self._last, self._last_hit = int(people[-1]), found[:, -1].copy()
