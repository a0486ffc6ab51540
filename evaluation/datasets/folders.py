"""A folder of identities: one folder for each person, their photos in it."""

from __future__ import annotations

import os
from pathlib import Path

from evaluation.datasets.dataset import DataPhoto, Dataset
from faceguard.errors import SettingsError
from faceguard.photos import PHOTO_EXTENSIONS


def looks_like(root: Path) -> bool:
    """Whether a folder holds folders of which at least one has a photo in it."""
    return root.is_dir() and any(photos_in(folder) for folder in folders_in(root))


def read(root: Path) -> Dataset:
    """The people of such a folder, by name; what lies deeper than their own folder is theirs too.

    Raises:
        SettingsError: There are no photos in folders below it.
    """
    if not root.is_dir():
        raise SettingsError(f"{root}: no such folder")
    photos = [
        DataPhoto(path.relative_to(root).as_posix(), folder.name, path)
        for folder in folders_in(root)
        for path in photos_below(folder)
    ]
    if not photos:
        raise SettingsError(f"{root}: no photos in folders; this layout wants one folder for each person")
    return Dataset(root.name or str(root), "folders", root, tuple(photos))


def folders_in(root: Path) -> list[Path]:
    """The folders in a folder by name, hidden ones left out."""
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def photos_in(folder: Path) -> list[Path]:
    """The photos in a folder by name, hidden ones left out."""
    return sorted(entry for entry in folder.iterdir() if entry.is_file() and _is_photo(entry.name))


def photos_below(folder: Path) -> list[Path]:
    """The photos in a folder and in what lies below it, by path, hidden ones left out."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent) / name for name in names if _is_photo(name)]
    return sorted(found)


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PHOTO_EXTENSIONS
