"""Protects people's photos for a benchmark: each album as its owner would, written, and never twice.

What an album took is kept beside it, so that a run that was stopped and went on still knows its cost.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import faceguard
from evaluation.datasets.dataset import DataPhoto
from evaluation.progress import Progress
from evaluation.results import Metric
from faceguard.album.guard import Guard
from faceguard.album.outcome import Status
from faceguard.album.output_lock import OutputLock
from faceguard.album.protecting import protect_album
from faceguard.album.run import AlbumRun
from faceguard.album.work import BATCH_FACES, AlbumWork
from faceguard.errors import FaceguardError
from faceguard.photos import (
    DEFAULT_MAX_PIXELS,
    AlbumPhoto,
    Manifest,
    MetadataPolicy,
    remove_leftovers,
    write_atomically,
)

_COST_NAME = "faceguard-bench-cost.json"  # a name that albums leave out

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ProtectedPhoto:
    """A photo and what its owner publishes instead.

    Attributes:
        original: The photo.
        written: The same as it was written; a photo without a face is copied as it is.
        boxes: The protected faces, (left, top, right, bottom) in photo pixels.
    """

    original: DataPhoto
    written: DataPhoto
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Cost:
    """What protecting took, reading, finding faces, measuring and writing included.

    Attributes:
        seconds: All together.
        faces: How many faces were protected in them.
        photos: How many photos were dealt with in them.
    """

    seconds: float = 0.0
    faces: int = 0
    photos: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.faces + other.faces, self.photos + other.photos)

    def metrics(self) -> dict[str, Metric]:
        """`seconds_per_face` and `seconds_per_photo`."""
        return {
            "seconds_per_face": _rate(self.seconds, self.faces),
            "seconds_per_photo": _rate(self.seconds, self.photos),
        }


@dataclass(frozen=True)
class Protection:
    """The published photos of some people.

    Attributes:
        photos: Photo name -> what became of it.
        cost: What protecting them took, in this run and in those it goes on from.
    """

    photos: Mapping[str, ProtectedPhoto]
    cost: Cost


def protect_albums(
    guard: Guard[Any],
    albums: Mapping[str, Sequence[DataPhoto]],
    folder: Path,
    progress: Progress,
) -> Protection:
    """Protects albums one by one, each into a folder of its own; those that are done are only looked up.

    Args:
        guard: What protects them.
        albums: Name of an album -> its photos, which are files.
        folder: Where the albums' folders go.
        progress: What is told how far it has come.

    Raises:
        FaceguardError: A photo failed.
    """
    progress.stage("protecting", sum(map(len, albums.values())))
    photos: dict[str, ProtectedPhoto] = {}
    cost = Cost()
    for name, album in albums.items():
        cost += _protect_album(guard, album, folder / name, photos, progress)
    return Protection(photos, cost)


def protect_together(
    guard: Guard[Any], photos: Sequence[DataPhoto], folder: Path, progress: Progress
) -> Protection:
    """Protects many people's photos as one album, as a poison needs them; what is done is only looked up.

    Args:
        guard: What protects them.
        photos: The photos, which are files.
        folder: Where they go, under their names. It is for these photos alone: what one needs depends on the
            others.
        progress: What is told how far it has come.

    Raises:
        SettingsError: Another run is writing into the folder, or into one around or inside it.
        FaceguardError: A photo failed.
    """
    progress.stage("protecting", len(photos))
    places = [AlbumPhoto(path, Path(photo.name)) for path, photo in _by_path(photos).items()]
    places.sort(key=lambda place: place.relative.parts)
    folder.mkdir(parents=True, exist_ok=True)
    lock = OutputLock(folder)
    keep = MetadataPolicy.KEEP
    manifest = Manifest(folder, f"{guard.settings_key}:{keep.value}")
    manifest.begin()
    remove_leftovers(folder)
    work = AlbumWork(guard, places, manifest, keep, DEFAULT_MAX_PIXELS, BATCH_FACES, None)
    run = AlbumRun(work, lock)
    found: dict[str, ProtectedPhoto] = {}
    cost = _carried_out(run, photos, folder, found, progress)
    return Protection(found, cost)


def crafting_key(settings_key: str, surrogates: Sequence[str]) -> str:
    """Stands for all that decides how photos are protected: settings, surrogates' files, and the code."""
    digest = hashlib.sha256(settings_key.encode())
    for surrogate in surrogates:
        file = Path(surrogate.partition(":")[2])
        digest.update(file.read_bytes() if file.is_file() else surrogate.encode())
    package = Path(faceguard.__file__).parent
    for path in sorted(package.rglob("*.py")):
        if "cli" not in path.relative_to(package).parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _protect_album(
    guard: Guard[Any],
    album: Sequence[DataPhoto],
    folder: Path,
    photos: dict[str, ProtectedPhoto],
    progress: Progress,
) -> Cost:
    run = protect_album(guard, list(_by_path(album)), folder)
    return _carried_out(run, album, folder, photos, progress)


def _by_path(photos: Sequence[DataPhoto]) -> dict[Path, DataPhoto]:
    """The photos by their files; those inside a pack have none.

    Raises:
        FaceguardError: There are such.
    """
    found = {photo.path: photo for photo in photos if photo.path is not None}
    if len(found) != len(photos):
        raise FaceguardError("photos inside a pack cannot be protected: the benchmark needs files")
    return found


def _carried_out(
    run: AlbumRun[Any],
    album: Sequence[DataPhoto],
    folder: Path,
    photos: dict[str, ProtectedPhoto],
    progress: Progress,
) -> Cost:
    by_path = _by_path(album)
    before = _read_cost(folder)
    new = Cost()
    start = time.perf_counter()
    try:
        for outcome in run:
            if outcome.status is Status.FAILED:
                raise FaceguardError(f"{outcome.source}: {outcome.reason}")
            faces = outcome.details.get("faces", [])
            original = by_path[outcome.source]
            written = replace(original, source=folder / outcome.relative)
            boxes = tuple((box[0], box[1], box[2], box[3]) for box in (face["box"] for face in faces))
            photos[original.name] = ProtectedPhoto(original, written, boxes)
            if outcome.status is not Status.DONE_BEFORE:
                new += Cost(0.0, len(faces), 1)
            progress.step()
    finally:
        if new.photos:
            new += Cost(time.perf_counter() - start)
            write_atomically(folder / _COST_NAME, json.dumps(asdict(before + new)).encode())
    return before + new


def _read_cost(folder: Path) -> Cost:
    try:
        values = json.loads((folder / _COST_NAME).read_text())
        return Cost(float(values["seconds"]), int(values["faces"]), int(values["photos"]))
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or not ours to read
        return Cost()


def _rate(seconds: float, count: int) -> Metric:
    if not count:
        return Metric(None, None, None, 0, reason="nothing was protected")
    return Metric(seconds / count, None, None, count, reason="one run")
