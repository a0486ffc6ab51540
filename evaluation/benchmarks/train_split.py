"""Which photos a victim is trained on, and which it is tested on."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from evaluation.datasets.dataset import DataPhoto, Dataset
from faceguard.errors import SettingsError

Photos = tuple[DataPhoto, ...]


@dataclass(frozen=True)
class TrainSplit:
    """People's usable photos, divided.

    Attributes:
        people: Their names; a person's number is their place.
        train: For each person, the photos to train on.
        test: For each person, the others.
        remarks: What else should be known, in sentences.
    """

    people: tuple[str, ...]
    train: tuple[Photos, ...]
    test: tuple[Photos, ...]
    remarks: tuple[str, ...] = ()

    def trained(self, people: Iterable[int]) -> list[DataPhoto]:
        """The training photos of some people, by their numbers."""
        return [photo for person in people for photo in self.train[person]]

    def tested(self, people: Iterable[int]) -> list[DataPhoto]:
        """The test photos of some people."""
        return [photo for person in people for photo in self.test[person]]

    def numbers(self) -> dict[str, int]:
        """Name -> number."""
        return {name: number for number, name in enumerate(self.people)}


def train_split(dataset: Dataset, usable: Container[str], train_photos: int | None = None) -> TrainSplit:
    """Divides each person's photos by name: the first ones, or the first four of five, and the others.

    Args:
        dataset: The data, as they were found: what cannot be used does not move the line.
        usable: The names of the photos that can be used.
        train_photos: How many are trained on; None for four of five.

    Raises:
        SettingsError: The data are a pack of pairs, or fewer than two people have photos on both sides.
    """
    if dataset.aligned:
        raise SettingsError(f"{dataset.root}: packs do not say who is who, so nobody can be trained on")
    divided: dict[str, tuple[Photos, Photos]] = {}
    for person, photos in dataset.people.items():
        line = train_photos or len(photos) * 4 // 5
        train, test = _only(photos[:line], usable), _only(photos[line:], usable)
        if train and test:
            divided[person] = train, test
    if len(divided) < 2:
        raise SettingsError(
            f"{dataset.root}: {len(divided)} people have usable photos to train on and others to test on; "
            f"two or more people must, with {train_photos or 'four of five'} of their photos to train on"
        )
    left_out = len(dataset.people) - len(divided)
    remarks = (f"{left_out} people have no photos to train or to test on, and are left out",)
    train_side, test_side = zip(*divided.values(), strict=True)
    return TrainSplit(tuple(divided), train_side, test_side, remarks if left_out else ())


def evenly(count: int, items: tuple[int, ...]) -> tuple[int, ...]:
    """So many of some items, evenly spread over them."""
    return tuple(items[place * len(items) // count] for place in range(count))


def _only(photos: Photos, usable: Container[str]) -> Photos:
    return tuple(photo for photo in photos if photo.name in usable)
