"""Checks protected photos against their originals, one pair at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from faceguard.check.crafting import Manifests
from faceguard.check.faces import brought, face_pairs
from faceguard.check.findings import Change, Check, CheckedPhoto, Judge, Unchecked
from faceguard.check.glance import Glance, glance
from faceguard.check.judges import Bench
from faceguard.check.judging import Photos, judged_faces
from faceguard.check.matching import matches
from faceguard.check.pictures import pictures, room_for
from faceguard.check.same_photo import Placement, scaling
from faceguard.environment import device_name, versions
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces.detector import Detector
from faceguard.measures.quality import face_quality
from faceguard.photos import DEFAULT_MAX_PIXELS, Album, list_photos, read_photo

_log = logging.getLogger(__name__)


class Told(Protocol):
    """What is told how far a check has come."""

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins."""
        ...

    def step(self, count: int = 1) -> None:
        """So many steps of it are done."""
        ...


@dataclass(frozen=True)
class Pair:
    """A protected photo and its original.

    Attributes:
        original: The original's file.
        original_name: What it is called.
        copy: The protected photo's file.
        name: What it is called.
        placement: How the original lies in it; None where it has to be of the same size.
    """

    original: Path
    original_name: str
    copy: Path
    name: str
    placement: Placement | None = None


@dataclass(frozen=True, eq=False)
class Checker:
    """Checks photos.

    Attributes:
        bench: Who judges.
        detector: What finds faces, in the originals and again in the protected photos.
        device: Where the recognisers run.
        progress: What is told how far it has come.
        max_pixels: The largest photo to accept, in pixels.
    """

    bench: Bench
    detector: Detector
    device: torch.device
    progress: Told
    max_pixels: int = DEFAULT_MAX_PIXELS
    _started: float = field(default_factory=time.monotonic, init=False)

    def check_folders(self, originals: Path, protected: Path, manifests: Manifests) -> Check:
        """Checks photos that lie anywhere below a folder, whatever they are called; single files will do.

        Args:
            originals: Where the originals are.
            protected: Where the protected photos, or what came back of them, are.
            manifests: What is known of how they were protected.

        Raises:
            SettingsError: A folder is missing or has no photos, or the two are the same.
        """
        albums = photos_of(originals, protected)
        failed: list[Unchecked] = []
        self.progress.stage("reading photos", sum(len(album.photos) for album in albums))
        sources = self._glances(albums[0], failed, "the original is of no use: ")
        copies = self._glances(albums[1], failed)
        self.progress.stage("matching photos", len(copies))
        found = matches(sources, copies, self.progress.step)
        pairs = [Pair(m.original.path, m.original.name, m.copy.path, m.copy.name, m.placement) for m in found]
        matched = {pair.name for pair in pairs}
        failed += [
            Unchecked(copy.name, "no original of it was found: it was not judged")
            for copy in copies
            if copy.name not in matched
        ]
        shown = {pair.original_name for pair in pairs}
        without = tuple(source.name for source in sources if source.name not in shown)
        return self.check_pairs(pairs, manifests, failed, without)

    def check_pairs(
        self,
        pairs: Sequence[Pair],
        manifests: Manifests,
        failed: Sequence[Unchecked] = (),
        without_copy: Sequence[str] = (),
    ) -> Check:
        """Checks photos whose originals are known.

        Args:
            pairs: The photos.
            manifests: What is known of how they were protected.
            failed: Photos that failed before.
            without_copy: Originals without a protected version.
        """
        photos: list[CheckedPhoto] = []
        unchecked = list(failed)
        room = room_for(len(pairs))
        self.progress.stage("judging faces", len(pairs))
        for pair in pairs:
            try:
                photos.append(self._checked(pair, manifests, room))
            except PhotoError as error:
                unchecked.append(Unchecked(pair.name, error.reason))
            except SettingsError:
                raise
            except Exception as error:
                _log.error("%s failed unexpectedly", pair.copy, exc_info=error)
                text = " ".join(str(error).split())
                unchecked.append(Unchecked(pair.name, f"cannot be checked: {type(error).__name__}: {text}"))
            self.progress.step()
        return Check(
            judges=tuple(Judge(each.name, each.licence, each.threshold) for each in self.bench.judges),
            absent=self.bench.absent,
            photos=tuple(photos),
            failed=tuple(sorted(unchecked, key=lambda photo: photo.name)),
            without_copy=tuple(sorted(without_copy)),
            detector=self.detector.name,
            device=device_name(self.device),
            versions=versions(),
            seconds=round(time.monotonic() - self._started, 1),
        )

    def _glances(self, album: Album, failed: list[Unchecked], what: str = "") -> list[Glance]:
        found = []
        for photo in album.photos:
            name = photo.relative.as_posix()
            try:
                found.append(glance(photo.source, name, self.max_pixels))
            except PhotoError as error:
                failed.append(Unchecked(name, f"{what}{error.reason}"))
            self.progress.step()
        return found

    def _checked(self, pair: Pair, manifests: Manifests, room: int) -> CheckedPhoto:
        original = read_photo(pair.original, self.max_pixels)
        copy = read_photo(pair.copy, self.max_pixels)
        height, width = copy.pixels.shape[:2]
        placement = pair.placement or _whole(original.pixels.shape, copy.pixels.shape)
        unprotected = brought(original.pixels, placement.matrix, height, width)
        before, after = (self.detector.detect([photo.pixels])[0] for photo in (original, copy))
        faces = face_pairs(before, after, placement.matrix, height, width)
        crafting = manifests.crafting(original.sha256, copy.sha256)
        scale = float(np.sqrt(abs(np.linalg.det(placement.matrix[:, :2]))))
        judged = judged_faces(
            Photos(original.pixels, unprotected, copy.pixels, scale),
            faces,
            self.bench.judges,
            self.device,
            crafting.left if crafting is not None else (),
        )
        quality = None
        boxes = [pair.expected.box for pair, face in zip(faces, judged, strict=True) if not face.left]
        if boxes and not placement.cropped:
            quality = face_quality(unprotected, copy.pixels, boxes)
        return CheckedPhoto(
            name=pair.name,
            original=pair.original_name,
            faces=judged,
            quality=quality,
            change=Change(
                width,
                height,
                scale=scale,
                cropped=placement.cropped,
                unchanged=np.array_equal(original.pixels, copy.pixels),
            ),
            crafting=crafting,
            pictures=pictures(unprotected, copy.pixels, room),
        )


def photos_of(originals: Path, protected: Path) -> tuple[Album, Album]:
    """The photos of two folders, or two files; where one folder lies in the other, its photos are its own.

    Raises:
        SettingsError: One is missing or has no photos, or the two are the same.
    """
    albums = (
        _without(list_photos(originals, protected), protected),
        _without(list_photos(protected, originals), originals),
    )
    if originals.resolve() == protected.resolve():
        raise SettingsError(
            f"{originals}: originals and protected photos are the same; name two folders, or two files"
        )
    for path, album in zip((originals, protected), albums, strict=True):
        if not album.photos:
            other = f"; there is {album.left_out[0].path.name}" if album.left_out else ""
            raise SettingsError(f"{path}: there are no photos in this folder{other}")
    return albums


def _without(album: Album, path: Path) -> Album:
    photos = [photo for photo in album.photos if photo.source.resolve() != path.resolve()]
    return Album(photos, album.left_out)


def _whole(original: tuple[int, ...], copy: tuple[int, ...]) -> Placement:
    """The placement of a copy that shows all of its original.

    Raises:
        PhotoError: The two are of different shapes.
    """
    across, down = copy[1] / original[1], copy[0] / original[0]
    if abs(across / down - 1) > 0.1:
        sizes = f"{original[1]} × {original[0]} and {copy[1]} × {copy[0]}"
        raise PhotoError(None, f"original and protected photo have different shapes: {sizes}")
    return Placement(scaling(across, down), False, 1.0)
