"""Which part of a data set a run uses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from evaluation.datasets.dataset import Dataset
from faceguard.errors import SettingsError

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class Selection:
    """A part of a data set.

    Attributes:
        split: "train", "valid" or "test" of a data set that is divided so; None for all of it.
        people: At most so many people, the first in the data set's order that have enough photos.
        photos_per_person: At most so many photos of each, the first by name.
        min_photos: Leave out people with fewer photos.
    """

    split: str | None = None
    people: int | None = None
    photos_per_person: int | None = None
    min_photos: int = 1

    def __post_init__(self) -> None:
        for name in ("people", "photos_per_person", "min_photos"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"{name} must be at least 1, not {value}")
        if self.photos_per_person is not None and self.photos_per_person < self.min_photos:
            raise SettingsError(
                f"at most {self.photos_per_person} photos per person and at least {self.min_photos} "
                "cannot both hold"
            )

    def of(self, dataset: Dataset) -> Dataset:
        """This part of a data set.

        Raises:
            SettingsError: The data set has no such split, or nothing is left.
        """
        chosen = dataset.photos
        if self.split is not None:
            if not dataset.splits:
                raise SettingsError(
                    f"{dataset.root}: {dataset.layout} data without a partition file have no split "
                    f"{self.split!r}; leave out --split, or add list_eval_partition.txt to a CelebA folder"
                )
            chosen = tuple(photo for photo in chosen if dataset.splits.get(photo.name) == self.split)
        people = dataset.only(chosen).people.items()
        enough = (photos for _, photos in people if len(photos) >= self.min_photos)
        kept = [photo for photos in islice(enough, self.people) for photo in photos[: self.photos_per_person]]
        if not kept:
            part = f" of the split {self.split}" if self.split is not None else ""
            raise SettingsError(
                f"{dataset.root}: no photo is left of {len(dataset.photos)}: nobody has {self.min_photos} "
                f"photos{part} or more"
            )
        return dataset.only(kept)
