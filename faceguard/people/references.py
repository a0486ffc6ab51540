"""The people on reference photos, and whether faces are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

THRESHOLD = 0.6
"""dlib's usual Euclidean distance: at most this far apart, two faces show the same person."""
MARGIN = 0.05
"""So near to the threshold, a face may or may not be the person's."""


class Verdict(Enum):
    """Whether a face is one of the people's."""

    NO = "no"
    UNSURE = "unsure"
    YES = "yes"


@dataclass(frozen=True, eq=False)
class Reference:
    """The face of a reference photo.

    Attributes:
        name: What it is called.
        sha256: Of the photo, see `faceguard.photos.Photo`.
        embedding: (D,), dlib's.
    """

    name: str
    sha256: str
    embedding: Tensor


@dataclass(frozen=True)
class Match:
    """What the references say of a face.

    Attributes:
        verdict: Whether it is one of the people's.
        distance: From the nearest reference.
        reference: That reference's name.
    """

    verdict: Verdict
    distance: float
    reference: str


class References:
    """The people on some reference photos; references within the threshold of each other show one person.

    Args:
        references: At least one.
    """

    def __init__(self, references: Sequence[Reference]) -> None:
        self._references = tuple(references)
        self._embeddings = torch.stack([reference.embedding for reference in references])
        self._person = _groups(distances(self._embeddings, self._embeddings) <= THRESHOLD)

    def matches(self, faces: Tensor) -> list[Match]:
        """What the references say of the faces of one photo.

        Nobody is on a photo twice, as a rule. So of several faces that a person matches, the nearest may be
        theirs surely, the others are unsure.

        Args:
            faces: (F, D).
        """
        nearest, which = distances(faces, self._embeddings).min(1)
        people = [self._person[place] for place in which.tolist()]
        found = []
        for distance, place, person in zip(nearest.tolist(), which.tolist(), people, strict=True):
            rivals = [d for d, p in zip(nearest.tolist(), people, strict=True) if p == person]
            verdict = Verdict.YES if distance <= THRESHOLD - MARGIN else Verdict.UNSURE
            if distance > THRESHOLD + MARGIN:
                verdict = Verdict.NO
            elif distance > min(rivals):
                verdict = Verdict.UNSURE
            found.append(Match(verdict, round(distance, 3), self._references[place].name))
        return found

    def in_common(self, others: References) -> tuple[str, str] | None:
        """Two references, one of each, that surely show the same person; None where there are none."""
        apart = distances(self._embeddings, others._embeddings)
        if float(apart.min()) > THRESHOLD - MARGIN:
            return None
        first, second = divmod(int(apart.argmin()), apart.shape[1])
        return self._references[first].name, others._references[second].name


def distances(first: Tensor, second: Tensor) -> Tensor:
    """(A, B): the Euclidean distances between (A, D) and (B, D)."""
    apart: Tensor = torch.linalg.vector_norm(first[:, None] - second[None], dim=2)
    return apart


def _groups(alike: Tensor) -> list[int]:
    """Which of its groups each of N things belongs to, where (N, N) says which are alike."""
    group = list(range(len(alike)))
    for first, second in alike.nonzero().tolist():
        old, new = group[first], group[second]
        group = [new if each == old else each for each in group]
    return group
