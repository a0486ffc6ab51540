"""What every data set is, whatever its layout: photos of people, and the pairs its protocol names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from faceguard.photos.reading import read_bytes


@dataclass(frozen=True)
class DataPhoto:
    """One photo of a data set.

    Attributes:
        name: Its name in the data set, unique there, with forward slashes.
        person: The data set's name for whoever it shows.
        source: Its file, or the file's bytes where it lies inside a pack.
    """

    name: str
    person: str
    source: Path | bytes = field(repr=False)

    def read(self) -> bytes:
        """The bytes of its file.

        Raises:
            PhotoError: It cannot be read.
        """
        return self.source if isinstance(self.source, bytes) else read_bytes(self.source)

    @property
    def path(self) -> Path | None:
        """Its file; None where it lies inside a pack."""
        return self.source if isinstance(self.source, Path) else None


@dataclass(frozen=True)
class Pair:
    """Two photos that a verification protocol compares.

    Attributes:
        first: A photo's name.
        second: Another's.
        same: Whether they show one person.
        fold: The number of the protocol's fold, from 1.
    """

    first: str
    second: str
    same: bool
    fold: int


@dataclass(frozen=True)
class Dataset:
    """A data set as it was found.

    Attributes:
        name: What to call it.
        layout: The layout it was read in, one of `evaluation.datasets.layouts.NAMES`.
        root: Where it lies.
        photos: Its photos, person by person, each person's in the order of their names.
        pairs: What its verification protocol compares; empty where it has none.
        missing: Photos that it names and that are not there.
        aligned: Whether each photo is one face already aligned to ArcFace's 112 pixels, so that none has to
            be found.
        splits: Photo -> "train", "valid" or "test"; empty where the data set does not divide them.
    """

    name: str
    layout: str
    root: Path
    photos: tuple[DataPhoto, ...]
    pairs: tuple[Pair, ...] = ()
    missing: tuple[str, ...] = ()
    aligned: bool = False
    splits: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def people(self) -> dict[str, tuple[DataPhoto, ...]]:
        """Person -> their photos, both in the data set's order."""
        found: dict[str, list[DataPhoto]] = {}
        for photo in self.photos:
            found.setdefault(photo.person, []).append(photo)
        return {person: tuple(photos) for person, photos in found.items()}

    def only(self, photos: Iterable[DataPhoto]) -> Dataset:
        """The same data set with some of its photos, and the pairs for which both are among them."""
        names = {photo.name for photo in photos}
        return replace(
            self,
            photos=tuple(photo for photo in self.photos if photo.name in names),
            pairs=tuple(pair for pair in self.pairs if pair.first in names and pair.second in names),
        )
