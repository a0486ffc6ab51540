"""CelebA as it is distributed: `img_celeba/NNNNNN.jpg` and `identity_CelebA.txt`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faceguard.errors import SettingsError


@dataclass(frozen=True)
class Identity:
    """One person.

    Attributes:
        name: The data set's own name for them.
        photos: Their photos, by file name.
    """

    name: str
    photos: tuple[Path, ...]


def read_identities(root: Path) -> list[Identity]:
    """The people of a CelebA folder, in the order of their numbers.

    Raises:
        SettingsError: The folder does not hold such a data set, or photos it names are missing.
    """
    labels, images = root / "identity_CelebA.txt", root / "img_celeba"
    if not labels.is_file() or not images.is_dir():
        raise SettingsError(f"{root}: no CelebA data set; it needs identity_CelebA.txt and img_celeba/")
    photos: dict[int, list[Path]] = {}
    for number, line in enumerate(labels.read_text().splitlines(), 1):
        words = line.split()
        if len(words) != 2 or not words[1].isdigit():
            raise SettingsError(f"{labels}, line {number}: {line!r} is not a file name and a number")
        photos.setdefault(int(words[1]), []).append(images / words[0])
    missing = [path for paths in photos.values() for path in paths if not path.is_file()]
    if missing:
        raise SettingsError(f"{labels} names {len(missing)} photos that are missing, such as {missing[0]}")
    return [Identity(str(person), tuple(sorted(photos[person]))) for person in sorted(photos)]
