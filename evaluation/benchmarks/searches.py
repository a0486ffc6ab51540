"""Which galleries an identification run searches, and for which probes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.gallery_split import GallerySplit
from evaluation.benchmarks.shelf import Shelf
from evaluation.metrics.identification import templates

CLOSED, OPEN = "closed set", "open set"
PHOTOS, TEMPLATES = "photos", "templates"


@dataclass(frozen=True, eq=False)
class People:
    """Embeddings, and who they are.

    Attributes:
        embeddings: (N, D), of any length.
        numbers: (N,) the number of each one's person.
    """

    embeddings: NDArray[np.float32]
    numbers: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Search:
    """A gallery, and the probes it is searched for.

    Attributes:
        case: What it is called in results: "closed set" or "open set", with ", templates" and
            ", N distractors" where they apply.
        open_set: Whether some probes are of nobody in the gallery.
        gallery: What is searched.
        probes: What is looked for.
    """

    case: str
    open_set: bool
    gallery: People
    probes: People


def searches(
    shelf: Shelf,
    split: GallerySplit,
    unknown: frozenset[int],
    galleries: Sequence[str],
    distractors: People | None,
) -> Iterator[Search]:
    """Every search of a run: each kind of gallery, closed and open set, without and with distractors.

    Args:
        shelf: The photos as a recogniser sees them.
        split: Who is enrolled with which of them.
        unknown: The numbers of the people who are not enrolled in the open set; none for no open set.
        galleries: "photos", "templates" or both.
        distractors: What else fills the gallery, with numbers of nobody in the split.
    """
    people = range(len(split.people))
    for open_set in (False, True) if unknown else (False,):
        strangers = unknown if open_set else frozenset[int]()
        enrolled = [person for person in people if person not in strangers]
        gallery = _taken(shelf, ((p.name, person) for person in enrolled for p in split.gallery[person]))
        # Photos of people who are not enrolled are probes all of them.
        extra = ((p.name, person) for person in sorted(strangers) for p in split.gallery[person])
        usual = ((p.name, person) for person in people for p in split.probes[person])
        probes = _taken(shelf, chain(usual, extra))
        for held in galleries:
            for added in (None, distractors) if distractors is not None else (None,):
                case = [OPEN if open_set else CLOSED, *([held] if held == TEMPLATES else [])]
                if added is not None:
                    case.append(f"{len(added.numbers)} distractors")
                yield Search(", ".join(case), open_set, _held(gallery, added, held), probes)


def _taken(shelf: Shelf, entries: Iterable[tuple[str, int]]) -> People:
    faces = shelf.faces(entries)
    return People(faces.embeddings, faces.people)


def _held(gallery: People, added: People | None, held: str) -> People:
    parts = [gallery] if added is None else [gallery, added]
    embeddings = np.concatenate([part.embeddings for part in parts])
    numbers = np.concatenate([part.numbers for part in parts])
    if held == TEMPLATES:
        embeddings, numbers = templates(embeddings, numbers)
    return People(embeddings, numbers)
