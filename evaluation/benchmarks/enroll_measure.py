"""Lets trackers loose on galleries that hold one user's protected photos, one user at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.enroll_settings import Case
from evaluation.benchmarks.gallery_split import GallerySplit
from evaluation.benchmarks.shelf import Shelf, joined
from evaluation.intervals import Bootstrap, PersonSums, person_rate
from evaluation.metrics.identification import unit_length
from evaluation.progress import Progress
from evaluation.results import Metric
from evaluation.trackers.tracker import Faces, Tracker, ranks
from recognizers import Recognizer


@dataclass(frozen=True, eq=False)
class Shelves:
    """All photos of the protocol as one recogniser sees them, after what the defender does to them.

    Attributes:
        gallery: Everybody's gallery photos, clean.
        probes: The users' probes, clean.
        own_clean: The users' gallery photos, clean, treated like their protected versions.
        own_protected: These versions.
        probes_protected: The protected versions of the users' probes; None where there are none.
    """

    gallery: Shelf
    probes: Shelf
    own_clean: Shelf
    own_protected: Shelf
    probes_protected: Shelf | None


@dataclass(frozen=True, eq=False)
class Trials:
    """What became of the probes.

    Attributes:
        ranks: (N,) at which rank the own person came.
        people: (N,) whose probes they are.
        own: Cosine similarities of probes to the own gallery photos.
        others: And to other people's.
    """

    ranks: NDArray[np.int64]
    people: NDArray[np.int64]
    own: NDArray[np.float64]
    others: NDArray[np.float64]

    @property
    def hits(self) -> NDArray[np.bool_]:
        """(N,) which probes were named right."""
        return np.asarray(self.ranks == 1)


def trials(
    case: Case,
    tracker: Tracker,
    shelves: Shelves,
    split: GallerySplit,
    users: Sequence[int],
    unprotected: float = 0.0,
    progress: Progress | None = None,
) -> Trials:
    """Names each user's probes, the gallery holding everybody.

    Args:
        case: Which photos are protected.
        tracker: What names them; it has studied the people who are not users.
        shelves: The photos.
        split: Who is enrolled with which of them.
        users: The numbers of the protected people.
        unprotected: Which share of a user's gallery escaped protection, the first by name.
        progress: What is told about each user.
    """
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for user in users:
        if progress is not None:
            progress.step()
        probes = _probes(case, shelves, split, user)
        if not len(probes.people):
            continue
        gallery = joined([*_others(shelves, split, user), *_own(case, shelves, split, user, unprotected)])
        scores = tracker.scores(gallery, probes, len(split.people))
        similarity = unit_length(probes.embeddings).astype(np.float64) @ unit_length(gallery.embeddings).T
        own = gallery.people == user
        found.append(
            (
                ranks(scores, probes.people),
                probes.people,
                similarity[:, own].ravel(),
                similarity[:, ~own].ravel(),
            )
        )
    if not found:
        return Trials(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return Trials(*(np.concatenate(column) for column in zip(*found, strict=True)))


def study(
    tracker: Tracker, recognizer: Recognizer, shelves: Shelves, split: GallerySplit, users: Sequence[int]
) -> None:
    """Lets a tracker get ready with the people who are not users."""
    protected = set(users)
    entries = [
        (photo.name, person)
        for person in range(len(split.people))
        if person not in protected
        for photo in split.gallery[person]
    ]
    tracker.study(recognizer, shelves.gallery.faces(entries), len(split.people))


def metrics(found: Trials, clean: Trials | None, bootstrap: Bootstrap) -> dict[str, Metric]:
    """`rank1`, `rank5` and `protection_rate`, which is 1 - rank1; `rank1_change` from the clean case.

    Args:
        found: The trials.
        clean: Those of the same probes against a clean gallery; None where that is another question.
        bootstrap: How users are drawn again.
    """
    if not len(found.people):
        none = Metric(None, None, None, 0, reason="no face was found on any probe")
        return dict.fromkeys(("rank1", "rank5", "protection_rate"), none)
    measured = {
        "rank1": person_rate(found.hits, found.people, bootstrap),
        "rank5": person_rate(found.ranks <= 5, found.people, bootstrap),
        "protection_rate": person_rate(~found.hits, found.people, bootstrap),
    }
    if clean is not None and np.array_equal(clean.people, found.people):
        before, after = (PersonSums.of(one.hits, one.people) for one in (clean, found))
        measured["rank1_change"] = before.rate_difference(after, bootstrap)
    return measured


def per_person(found: Trials) -> dict[str, tuple[tuple[float, int], ...]]:
    """`rank1` for each user: hits, and trials."""
    if not len(found.people):
        return {}
    sums = PersonSums.of(found.hits, found.people)
    return {"rank1": tuple((float(hits), int(n)) for hits, n in zip(sums.sums, sums.counts, strict=True))}


def _others(shelves: Shelves, split: GallerySplit, user: int) -> Iterator[Faces]:
    yield shelves.gallery.faces(
        (photo.name, person)
        for person, photos in enumerate(split.gallery)
        if person != user
        for photo in photos
    )


def _own(case: Case, shelves: Shelves, split: GallerySplit, user: int, unprotected: float) -> Iterator[Faces]:
    names = [(photo.name, user) for photo in split.gallery[user]]
    if not case.protected_gallery:
        yield shelves.own_clean.faces(names)
        return
    line = math.ceil(unprotected * len(names))
    if line:
        yield shelves.own_clean.faces(names[:line])
    yield shelves.own_protected.faces(names[line:])


def _probes(case: Case, shelves: Shelves, split: GallerySplit, user: int) -> Faces:
    shelf = shelves.probes_protected if case.protected_probes else shelves.probes
    assert shelf is not None
    return shelf.faces((photo.name, user) for photo in split.probes[user])
