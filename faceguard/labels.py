"""Labels: who a photo of a data set shows, as the tracker that trains on it will be told."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path, PurePath
from typing import Protocol, runtime_checkable

from faceguard.errors import SettingsError
from faceguard.photos import list_photos
from faceguard.settings.paths import path_of
from recognizers.system_errors import reason_of

ONE_PERSON = "album"


@runtime_checkable
class Labels(Protocol):
    """Says who a photo shows."""

    @property
    def key(self) -> str:
        """Stands for everything that decides the labels."""
        ...

    def of(self, photo: Path) -> str:
        """Who a photo shows, by its file.

        Raises:
            SettingsError: Nothing is known about it.
        """
        ...


@dataclass(frozen=True)
class OneLabel:
    """An album of one person.

    Attributes:
        person: What the person is called.
    """

    person: str = ONE_PERSON

    @property
    def key(self) -> str:
        """See `Labels`."""
        return f"one:{self.person}"

    def of(self, photo: Path) -> str:
        """See `Labels`."""
        return self.person


@dataclass(frozen=True)
class FolderLabels:
    """A folder for each person: the first folder below the data set's, or a given one itself.

    Attributes:
        roots: The data set's folders, and folders of single people: those with photos, but none in folders
            below.

    Raises:
        SettingsError: It is one folder outside a tuple.
    """

    roots: tuple[Path, ...]

    def __post_init__(self) -> None:
        if isinstance(self.roots, str | PathLike):
            raise SettingsError(f"folders of people come in a tuple, such as ({str(self.roots)!r},)")

    @property
    def key(self) -> str:
        """See `Labels`."""
        return "folders"

    def of(self, photo: Path) -> str:
        """See `Labels`."""
        whole = photo.absolute()
        for root, person in self._people.items():
            below = whole.relative_to(root).parts if whole.is_relative_to(root) else ()
            if below and person is not None:
                return person
            if len(below) > 1:
                return _as_text(below[0])
        raise SettingsError(f"{photo}: lies in no person's folder; move it into one, or name a label file")

    @cached_property
    def _people(self) -> dict[Path, str | None]:
        """Each folder with the person whose it is; None for a data set's."""
        people = {}
        for root in map(Path, self.roots):
            name = root.name if root.name not in ("", "..") else root.resolve().name
            photos = list_photos(root).photos if root.is_dir() else []
            is_one = {len(photo.relative.parts) for photo in photos} == {1}
            people[root.absolute()] = _as_text(name) if is_one else None
        return people


def _as_text(name: str) -> str:
    """A folder's name as text that can be written: on Linux it may hold bytes that are none."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class FileLabels:
    """A text file that names a photo's file and its person on each line, as CelebA's does.

    Args:
        path: The file: UTF-8, `name person` on each line; a tab between the two where a person's name has
            spaces. The name is the file's, with as many of its folders as it takes to tell it from others
            (`anna/1.jpg`): the longest one counts.

    Raises:
        SettingsError: The file cannot be read, or a line does not read so.
    """

    def __init__(self, path: str | Path) -> None:
        path = self._path = path_of("a label file", path)
        try:
            text = path.read_text("utf-8-sig")  # some editors put a mark before the first line
        except OSError as error:
            raise SettingsError(f"{path}: cannot be read as a label file: {reason_of(error)}") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"{path}: cannot be read as a label file: it is not UTF-8 text") from error
        self._people: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if not stripped:
                continue
            words = [word.strip() for word in stripped.rsplit("\t" if "\t" in stripped else None, 1)]
            if len(words) != 2 or not all(words):
                raise SettingsError(f"{path}, line {number}: needs a photo's name and a person, not {line!r}")
            name, person = PurePath(words[0]).as_posix(), words[1]
            if self._people.setdefault(name, person) != person:
                raise SettingsError(f"{path}, line {number}: {name} already shows {self._people[name]}")
        if not self._people:
            raise SettingsError(f"{path}: names no photo")
        self.key = f"file:{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def of(self, photo: Path) -> str:
        """See `Labels`."""
        parts = photo.parts
        for first in range(len(parts)):
            person = self._people.get(PurePath(*parts[first:]).as_posix())
            if person is not None:
                return person
        raise SettingsError(f"no line in {self._path} names {photo.name}")
