"""Distractors: other people's photos that fill a gallery and match no probe."""

from __future__ import annotations

from pathlib import Path

from evaluation.datasets.dataset import DataPhoto
from evaluation.datasets.folders import photos_below
from evaluation.datasets.layouts import detected, open_dataset
from faceguard.errors import SettingsError


def distractor_photos(root: Path) -> tuple[DataPhoto, ...]:
    """The photos of a data set in any layout; of a folder of photos, each counts as a person of its own.

    Raises:
        SettingsError: There is no such folder, or no photo in it.
    """
    if not root.exists():
        raise SettingsError(f"{root}: no such folder of distractors")
    try:
        detected(root)
    except SettingsError:
        flat = photos_below(root) if root.is_dir() else []
        if not flat:
            raise SettingsError(f"{root}: no photos to use as distractors") from None
        names = [path.relative_to(root).as_posix() for path in flat]
        return tuple(DataPhoto(name, name, path) for name, path in zip(names, flat, strict=True))
    return open_dataset(root).photos
