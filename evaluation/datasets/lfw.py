"""Labeled Faces in the Wild: `<name>/<name>_NNNN.jpg` and `pairs.txt` (Huang et al. 2007).

The photos may lie in `lfw/`, `lfw_funneled/`, `lfw-deepfunneled/` or beside `pairs.txt`. Of a partial copy,
the folds whose photos are all there are used, under their own numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evaluation.datasets.dataset import DataPhoto, Dataset, Pair
from evaluation.datasets.folders import folders_in, photos_in
from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

_PAIRS = "pairs.txt"
_FOLDERS = ("lfw", "lfw_funneled", "lfw-deepfunneled", "lfw_deepfunneled", "lfw-a", ".")


def looks_like(root: Path) -> bool:
    """Whether a folder holds LFW's list of pairs."""
    return (root / _PAIRS).is_file()


def read(root: Path) -> Dataset:
    """The photos that are there, and the pairs of the folds that are complete.

    Raises:
        SettingsError: There is no such data set, its list is malformed, or no fold is complete.
    """
    if not looks_like(root):
        raise SettingsError(f"{root}: no LFW data set; it needs {_PAIRS} and a folder lfw/ with the photos")
    images = next((root / name for name in _FOLDERS if _has_people(root / name)), None)
    if images is None:
        raise SettingsError(f"{root}: no photos; the folders of people belong into {root / 'lfw'}")
    photos = {
        path.stem: DataPhoto(path.relative_to(images).as_posix(), folder.name, path)
        for folder in folders_in(images)
        for path in photos_in(folder)
    }
    pairs = read_pairs(root / _PAIRS)
    missing = sorted({name for pair in pairs for name in (pair.first, pair.second)} - photos.keys())
    incomplete = {pair.fold for pair in pairs if pair.first not in photos or pair.second not in photos}
    kept = [pair for pair in pairs if pair.fold not in incomplete]
    if not kept:
        raise SettingsError(
            f"{root}: each fold of {_PAIRS} names photos that are missing, such as {missing[0]}.jpg "
            f"({len(missing)} in all); copy them into {images}"
        )
    return Dataset(
        "lfw",
        "lfw",
        root,
        tuple(photos.values()),
        tuple(Pair(photos[p.first].name, photos[p.second].name, p.same, p.fold) for p in kept),
        tuple(f"{name.rpartition('_')[0]}/{name}.jpg" for name in missing),
    )


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a `pairs.txt`, photos named without folder and ending.

    The first line says how many folds and how many pairs of each kind a fold has, or the latter alone where
    there is one fold only (`pairsDevTest.txt`). In each fold the pairs of one person come first.

    Raises:
        SettingsError: The file cannot be read as such a list; the message names the line.
    """
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read as a list of pairs: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: cannot be read as a list of pairs: it is not UTF-8 text") from error
    header = lines[0] if lines else []
    if len(header) not in (1, 2) or not all(word.isdigit() and int(word) > 0 for word in header):
        raise SettingsError(f'{path}: the first line must say folds and pairs, such as "10 300"')
    folds = int(header[0]) if len(header) == 2 else 1
    of_each = int(header[-1])
    if len(lines) - 1 != folds * 2 * of_each:
        raise SettingsError(
            f"{path}: {folds} folds of {of_each} pairs of each kind are {folds * 2 * of_each} lines, "
            f"and there are {len(lines) - 1}"
        )
    pairs = []
    for place, words in enumerate(lines[1:]):
        fold, within = divmod(place, 2 * of_each)
        pairs.append(_pair(words, within < of_each, fold + 1, f"{path}, pair {place + 1}"))
    return pairs


def _pair(words: Sequence[str], same: bool, fold: int, where: str) -> Pair:
    if same and len(words) == 3:
        words = (words[0], words[1], words[0], words[2])
    if len(words) != 4 or not (words[1].isdigit() and words[3].isdigit()):
        wanted = "a name and two numbers" if same else "two names, each with a number"
        raise SettingsError(f"{where}: {' '.join(words)!r} is not {wanted}")
    return Pair(_stem(words[0], words[1]), _stem(words[2], words[3]), same, fold)


def _stem(name: str, number: str) -> str:
    return f"{name}_{int(number):04d}"


def _has_people(folder: Path) -> bool:
    return folder.is_dir() and any(photos_in(person) for person in folders_in(folder))
