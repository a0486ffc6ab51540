"""Protected photos by their originals: which file of a folder is the protected version of which photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from evaluation.datasets.dataset import DataPhoto
from evaluation.datasets.folders import photos_below
from faceguard.errors import SettingsError


def counterparts(photos: Sequence[DataPhoto], folder: Path, suffix: str = "") -> dict[str, DataPhoto]:
    """Photo -> its protected version, under the same name.

    A version lies at the photo's place below the folder, with whatever ending its name has; a tool that adds
    something to the name, as in `me_cloaked.png` for `me.jpg`, is told by the suffix.

    Args:
        photos: The originals.
        folder: Where the versions lie.
        suffix: What the tool adds to names, before the ending.

    Raises:
        SettingsError: There is no such folder, or it has two versions of one photo, or none of any.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder}: no such folder of protected photos")
    versions: dict[str, Path] = {}
    for path in photos_below(folder):
        place = path.relative_to(folder)
        if not place.stem.endswith(suffix):
            continue
        name = (place.parent / place.stem.removesuffix(suffix)).as_posix()
        if name in versions:
            raise SettingsError(f"{folder}: {versions[name].name} and {path.name} are versions of one photo")
        versions[name] = path
    found = {
        photo.name: replace(photo, source=versions[stem])
        for photo in photos
        if (stem := _without_ending(photo.name)) in versions
    }
    if not found:
        raise SettingsError(_none_found(photos, folder, versions))
    return found


def _without_ending(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix()


def _none_found(photos: Sequence[DataPhoto], folder: Path, versions: Mapping[str, Path]) -> str:
    wanted = f"such as {photos[0].name}" if photos else "of which there are none"
    there = f"; there is {next(iter(versions.values()))}" if versions else ""
    return (
        f"{folder}: no protected version of the photos, {wanted}{there}; versions lie at the same place "
        "below the folder, and what a tool adds to names is given with --suffix"
    )
