"""Which photos a verification run compares: a protocol's pairs, all pairs, or a sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.datasets.dataset import Dataset
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairing:
    """Pairs of photos by their places.

    Attributes:
        first: (P,) one photo's place.
        second: (P,) the other's.
        folds: (P,) the number of each pair's fold; None where there is no protocol.
        source: Where the pairs come from, in words.
    """

    first: Places
    second: Places
    folds: Places | None
    source: str


def people_of(seen: Sequence[Sighting]) -> Places:
    """(N,) who is on each photo, numbered in the order in which people appear."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(sighting.photo.person, len(numbers)) for sighting in seen], np.int64)


def pairing(dataset: Dataset, seen: Sequence[Sighting], most: int, seed: int) -> Pairing:
    """The pairs to compare.

    Args:
        dataset: The data set; its protocol's pairs are taken where it has any.
        seen: Its photos.
        most: At most so many genuine and so many impostor pairs, where there is no protocol; of more, so many
            are drawn.
        seed: Of drawing.

    Raises:
        SettingsError: Genuine or impostor pairs are missing.
    """
    if dataset.pairs:
        place = {sighting.photo.name: number for number, sighting in enumerate(seen)}
        pairs = [pair for pair in dataset.pairs if pair.first in place and pair.second in place]
        columns = [(place[pair.first], place[pair.second], pair.fold) for pair in pairs]
        first, second, folds = np.array(columns, np.int64).reshape(-1, 3).T
        numbers = ", ".join(map(str, sorted(set(folds.tolist()))))
        return Pairing(first, second, folds, f"the protocol's, folds {numbers}")
    people = people_of(seen)
    rng = np.random.default_rng(seed)
    genuine, all_genuine = _genuine(people, most, rng)
    impostors, all_impostors = _impostors(people, most, rng)
    if not len(genuine) or not len(impostors):
        raise SettingsError(
            f"{dataset.root}: {len(genuine)} genuine and {len(impostors)} impostor pairs; verification needs "
            "both: two people, and one with two photos, at least"
        )
    source = "all pairs" if all_genuine and all_impostors else f"at most {most:,} of a kind, drawn"
    first, second = np.concatenate([genuine, impostors]).T
    return Pairing(first, second, None, source)


def _genuine(people: Places, most: int, rng: np.random.Generator) -> tuple[Places, bool]:
    """(P, 2) pairs within people, and whether these are all."""
    pairs = [np.zeros((0, 2), np.int64)]
    order = np.argsort(people, kind="stable")
    for member in np.split(order, np.flatnonzero(np.diff(people[order])) + 1):
        one, other = np.triu_indices(len(member), 1)
        pairs.append(np.stack([member[one], member[other]], 1))
    found = np.concatenate(pairs)
    if len(found) <= most:
        return found, True
    return found[np.sort(rng.choice(len(found), most, replace=False))], False


def _impostors(people: Places, most: int, rng: np.random.Generator) -> tuple[Places, bool]:
    """(P, 2) pairs across people, and whether these are all."""
    count = len(people)
    there_are = (count**2 - int((np.bincount(people) ** 2).sum())) // 2
    if there_are <= most:
        one, other = np.triu_indices(count, 1)
        apart = people[one] != people[other]
        return np.stack([one[apart], other[apart]], 1), True
    drawn = np.zeros((0, 2), np.int64)
    while len(drawn) < most:
        new = np.sort(rng.integers(count, size=(2 * most, 2)), axis=1)
        new = new[people[new[:, 0]] != people[new[:, 1]]]
        together = np.concatenate([drawn, new])
        first_time = np.sort(np.unique(together, axis=0, return_index=True)[1])  # keeps the order of drawing
        drawn = together[first_time][:most]
    return drawn, False
