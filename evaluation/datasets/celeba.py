"""CelebA as it is distributed (Liu et al. 2015): photos, `identity_CelebA.txt`, `list_eval_partition.txt`.

The photos lie in `img_celeba/` (in the wild) or `img_align_celeba/`; they and the lists lie side by side, or
in `Img/`, `Anno/` and `Eval/`. Of a partial copy the photos that are there are used.
"""

from __future__ import annotations

import os
from pathlib import Path

from evaluation.datasets.dataset import DataPhoto, Dataset
from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

_LABELS = ("identity_CelebA.txt", "Anno/identity_CelebA.txt")
_PARTITIONS = ("list_eval_partition.txt", "Eval/list_eval_partition.txt")
_IMAGES = ("img_celeba", "img_align_celeba", "Img/img_celeba", "Img/img_align_celeba")
_SPLITS = {0: "train", 1: "valid", 2: "test"}


def looks_like(root: Path) -> bool:
    """Whether a folder holds CelebA's list of identities."""
    return any((root / name).is_file() for name in _LABELS)


def read(root: Path) -> Dataset:
    """The people of a CelebA folder, in the order of their numbers.

    Raises:
        SettingsError: The folder does not hold such a data set, or one of its lists is malformed.
    """
    labels = next((root / name for name in _LABELS if (root / name).is_file()), None)
    images = next((root / name for name in _IMAGES if (root / name).is_dir()), None)
    if labels is None or images is None:
        raise SettingsError(
            f"{root}: no CelebA data set; it needs {_LABELS[0]} and {_IMAGES[0]}/ or {_IMAGES[1]}/"
        )
    people = _numbers(labels)
    there = {entry.name for entry in os.scandir(images) if entry.is_file()}
    photos = [
        DataPhoto(name, str(person), images / name)
        for name, person in sorted(people.items(), key=lambda entry: (entry[1], entry[0]))
        if name in there
    ]
    if not photos:
        raise SettingsError(f"{labels} names {len(people)} photos, and none of them is in {images}")
    return Dataset(
        "celeba",
        "celeba",
        root,
        tuple(photos),
        missing=tuple(sorted(people.keys() - there)),
        splits=_splits(root),
    )


def _splits(root: Path) -> dict[str, str]:
    path = next((root / name for name in _PARTITIONS if (root / name).is_file()), None)
    if path is None:
        return {}
    numbers = _numbers(path)
    strange = next((number for number in numbers.values() if number not in _SPLITS), None)
    if strange is not None:
        raise SettingsError(f"{path}: {strange} is no split; 0 is train, 1 valid, 2 test")
    return {name: _SPLITS[number] for name, number in numbers.items()}


def _numbers(path: Path) -> dict[str, int]:
    """File name -> number, of a list with one of each in a line."""
    found: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read as a list: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: cannot be read as a list: it is not UTF-8 text") from error
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or not words[1].isdigit():
            raise SettingsError(f"{path}, line {number}: {line!r} is not a file name and a number")
        if words[0] in found:
            raise SettingsError(f"{path}, line {number}: {words[0]} is named twice")
        found[words[0]] = int(words[1])
    return found
