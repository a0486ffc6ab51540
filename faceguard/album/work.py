"""The work of one run over an album, in two passes.

The first finds the faces and learns who is in the album, so that each face can be pushed away from what all
of a person's photos have in common. The second protects and writes. Pixels are held for the batches at work
only: as many as there are cores, each on one of them.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic

import torch

from faceguard.album.guard import Guard, People
from faceguard.album.lookahead import looked_ahead
from faceguard.album.outcome import PhotoOutcome, Status, details_of, details_without_protection
from faceguard.album.progress import PhaseMeter, Progress
from faceguard.cancel import CancelToken
from faceguard.errors import Cancelled, PhotoError, SettingsError
from faceguard.faces.face import Face
from faceguard.photos import (
    AlbumPhoto,
    DiskFullError,
    Manifest,
    ManifestRecord,
    MetadataPolicy,
    Photo,
    copy_photo,
    read_photo,
    write_photo,
)
from faceguard.results import ProtectionResult

_log = logging.getLogger(__name__)
_BATCH_PIXELS = 16_000_000  # of a batch's photos together; a single larger photo is a batch of its own
_MOST_LOOKERS = 4
BATCH_FACES = 8
"""About how many faces are usually protected together."""
_NO_FACE = "no face found: copied as it is"
_NOT_CHOSEN = "none of its faces is to be protected: copied as it is"


@dataclass(frozen=True)
class _Found:
    """A photo with faces to protect, after the first pass; `wanted` unless an earlier run finished it."""

    photo: AlbumPhoto
    sha256: str
    faces: tuple[Face, ...]
    pixels: int
    wanted: bool


@dataclass(frozen=True)
class _Loaded:
    """A photo of a batch, with its pixels."""

    photo: AlbumPhoto
    read: Photo
    faces: tuple[Face, ...]
    wanted: bool


@dataclass(frozen=True)
class _Batch:
    """A batch after the guard's work.

    Attributes:
        failed: What could not be read any more, and why.
        protected: The photos and what became of each.
        seconds: What a face took.
    """

    failed: list[tuple[_Found, Exception]]
    protected: list[tuple[_Loaded, ProtectionResult | Exception]]
    seconds: float


class AlbumWork(Generic[People]):
    """The work of one run over an album.

    Args:
        guard: What protects the photos.
        photos: The album's.
        manifest: What is done already, and where the rest goes.
        metadata: What becomes of the photos' metadata.
        max_pixels: The largest photo to accept, in pixels.
        batch_faces: About how many faces are protected together.
        progress: Called before each photo and at the end of each phase.
        cancel: Stops the work from another thread.
    """

    def __init__(
        self,
        guard: Guard[People],
        photos: Sequence[AlbumPhoto],
        manifest: Manifest,
        metadata: MetadataPolicy,
        max_pixels: int,
        batch_faces: int,
        progress: Callable[[Progress], None] | None,
        cancel: CancelToken | None = None,
    ) -> None:
        self.photos = photos
        self._guard = guard
        self._manifest = manifest
        self._metadata = metadata
        self._max_pixels = max_pixels
        self._batch_faces = batch_faces
        self._progress = progress
        self._cancel = cancel or CancelToken()
        self._people = guard.people()

    def outcomes(self) -> Iterator[PhotoOutcome]:
        """One for each photo, as they are finished."""
        records = self._earlier_records()
        for photo in self.photos:
            if photo.relative in records:
                yield _done_before(photo, records[photo.relative])
        to_look_at = self.photos
        if records:
            left = [photo for photo in self.photos if photo.relative not in records]
            if not any(self._readable(photo) for photo in left):
                to_look_at = left  # nothing will be protected, so nobody has to be known
        found: list[_Found] = []
        yield from self._find(to_look_at, records, found)
        yield from self._protect(found)

    def _earlier_records(self) -> dict[Path, ManifestRecord]:
        """The photos that are done, by their place in the output folder."""
        records: dict[Path, ManifestRecord] = {}
        if not self._manifest.records:
            return records
        meter = PhaseMeter(self._progress, "checking", len(self.photos))
        for photo in self.photos:
            self._cancel.check()
            meter.working_on(photo.relative)
            with suppress(OSError), photo.source.open("rb") as file:
                record = self._manifest.done(photo.relative, hashlib.file_digest(file, "sha256").hexdigest())
                if record is not None:
                    records[photo.relative] = record
            meter.finished()
        meter.working_on(None)
        return records

    def _readable(self, photo: AlbumPhoto) -> bool:
        try:
            read_photo(photo.source, self._max_pixels)
        except PhotoError:
            return False
        return True

    def _find(
        self, photos: Sequence[AlbumPhoto], records: Mapping[Path, ManifestRecord], found: list[_Found]
    ) -> Iterator[PhotoOutcome]:
        """The first pass: adds what has faces to `found`, and finishes the photos that have none."""
        without_face = {place for place, record in records.items() if not record.details.get("faces")}
        unclear = [photo for photo in photos if photo.relative not in without_face]
        meter = PhaseMeter(self._progress, "finding", len(self.photos), len(self.photos) - len(unclear))
        with closing(looked_ahead(self._look, unclear, _lookers())) as looks:
            for photo, looked_at in looks:
                self._cancel.check()
                meter.working_on(photo.relative)
                outcome = None
                try:
                    read, faces = looked_at.result()
                    wanted = photo.relative not in records
                    if _chosen(faces):
                        self._guard.remember(self._people, read, faces)
                        size = math.prod(read.pixels.shape[:2])
                        found.append(_Found(photo, read.sha256, faces, size, wanted))
                    elif wanted:
                        outcome = self._copy(photo, read, faces)
                except DiskFullError:
                    raise
                except Exception as error:
                    if photo.relative not in records:
                        outcome = self._failed(photo, error)
                meter.finished()
                if outcome is not None:
                    yield outcome
        meter.working_on(None)

    def _look(self, photo: AlbumPhoto) -> tuple[Photo, tuple[Face, ...]]:
        read = read_photo(photo.source, self._max_pixels)
        return read, tuple(self._guard.find_faces([read])[0])

    def _protect(self, found: Sequence[_Found]) -> Iterator[PhotoOutcome]:
        """The second pass: reads again, protects by batches, writes.

        What a batch holds has some influence on its results. So batches are made up as if no photo were done
        yet, and those without a photo that is wanted are passed over.
        """
        batches = [batch for batch in self._batches(found) if any(item.wanted for item in batch)]
        wanted = sum(item.wanted for batch in batches for item in batch)
        if not wanted:
            return
        meter = PhaseMeter(self._progress, "protecting", len(self.photos), len(self.photos) - wanted)
        stop = CancelToken(after=self._cancel)
        self._guard.prepare(self._people, stop)
        with closing(looked_ahead(partial(self._worked_on, stop=stop), batches, _lookers())) as works:
            try:
                for batch, work in works:
                    self._cancel.check()
                    meter.working_on(batch[0].photo.relative)
                    done = work.result()
                    del work  # what it holds is large
                    yield from self._finish(done, meter)
            finally:
                stop.cancel()  # or whoever stops here would wait for the batches at work
        meter.working_on(None)

    def _batches(self, found: Sequence[_Found]) -> Iterator[list[_Found]]:
        batch: list[_Found] = []
        for item in found:
            if batch and sum(other.pixels for other in batch) + item.pixels > _BATCH_PIXELS:
                yield batch
                batch = []
            batch.append(item)
            if sum(_chosen(other.faces) for other in batch) >= self._batch_faces:
                yield batch
                batch = []
        if batch:
            yield batch

    def _worked_on(self, batch: Sequence[_Found], stop: CancelToken) -> _Batch:
        """Reads a batch again and has it protected; where that fails, its photos one by one."""
        failed: list[tuple[_Found, Exception]] = []
        loaded: list[_Loaded] = []
        for item in batch:
            try:
                loaded.append(self._load(item))
            except Exception as error:
                failed.append((item, error))
        if not any(item.wanted for item in loaded):
            return _Batch(failed, [], 0.0)
        started = time.monotonic()
        results = self._results(loaded, stop)
        seconds = (time.monotonic() - started) / max(1, sum(_chosen(item.faces) for item in loaded))
        return _Batch(failed, list(zip(loaded, results, strict=True)), seconds)

    def _load(self, item: _Found) -> _Loaded:
        read = read_photo(item.photo.source, self._max_pixels)
        changed = read.sha256 != item.sha256
        faces = tuple(self._guard.find_faces([read])[0]) if changed else item.faces
        return _Loaded(item.photo, read, faces, item.wanted)

    def _results(self, batch: Sequence[_Loaded], stop: CancelToken) -> Sequence[ProtectionResult | Exception]:
        """One result for each photo, or why there is none."""
        try:
            results = self._guard.protect_photos(
                [item.read for item in batch], [item.faces for item in batch], self._people, stop
            )
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} photos gave {len(results)} results")
        except (SettingsError, Cancelled):
            raise  # it holds for all photos alike
        except Exception as error:
            if len(batch) == 1:
                return [error]
            _log.warning("a batch of %d photos failed, now one by one: %s", len(batch), error)
            failure = error.with_traceback(None)  # its traceback holds the batch's memory
        else:
            return results
        return [self._results([item], stop)[0] if item.wanted else failure for item in batch]

    def _finish(self, batch: _Batch, meter: PhaseMeter) -> Iterator[PhotoOutcome]:
        """Writes a batch, and empties it."""
        for item, error in batch.failed:
            if item.wanted:
                meter.finished()
                yield self._failed(item.photo, error)
        while batch.protected:
            loaded, result = batch.protected.pop(0)
            if not loaded.wanted:
                continue
            meter.working_on(loaded.photo.relative)
            if isinstance(result, Exception):
                outcome = self._failed(loaded.photo, result)
            else:
                outcome = self._write(loaded, result, batch.seconds * _chosen(loaded.faces))
            meter.finished()
            yield outcome

    def _write(self, item: _Loaded, result: ProtectionResult, seconds: float) -> PhotoOutcome:
        started = time.monotonic()
        try:
            if not result.faces:
                return self._copy(item.photo, item.read, item.faces)
            write_photo(item.read, result.pixels, self._place(item.photo), self._metadata, result.pull)
            seconds += time.monotonic() - started
            details = details_of(result, seconds)
            self._record(item.photo, item.read, details)
        except DiskFullError:
            raise
        except Exception as error:
            return self._failed(item.photo, error)
        return PhotoOutcome(
            item.photo.source, item.photo.relative, Status.PROTECTED, "", details, seconds, result
        )

    def _copy(self, photo: AlbumPhoto, read: Photo, faces: Sequence[Face]) -> PhotoOutcome:
        started = time.monotonic()
        copy_photo(read, self._place(photo), self._metadata)
        details = details_without_protection(faces)
        self._record(photo, read, details)
        seconds = time.monotonic() - started
        status, reason = (Status.NOT_CHOSEN, _NOT_CHOSEN) if faces else (Status.NO_FACE, _NO_FACE)
        return PhotoOutcome(photo.source, photo.relative, status, reason, details, seconds)

    def _record(self, photo: AlbumPhoto, read: Photo, details: Mapping[str, Any]) -> None:
        self._manifest.append(self._manifest.record(photo.relative, read.sha256, details))

    def _place(self, photo: AlbumPhoto) -> Path:
        return self._manifest.folder / photo.relative

    def _failed(self, photo: AlbumPhoto, error: Exception) -> PhotoOutcome:
        """The outcome of a failed photo; an older version of it does not stay in its place."""
        reason = _reason(photo, error)
        place = self._place(photo)
        try:
            place.unlink(missing_ok=True)
        except OSError:
            if place.is_file():
                reason += f" (the older version at {place} could not be removed)"
        return PhotoOutcome(photo.source, photo.relative, Status.FAILED, reason)


def _lookers() -> int:
    """How many photos, or batches, are worked on together: each holds its pixels."""
    return min(torch.get_num_threads(), _MOST_LOOKERS)


def _chosen(faces: Sequence[Face]) -> int:
    """How many of some faces are to be protected."""
    return sum(face.is_chosen for face in faces)


def _done_before(photo: AlbumPhoto, record: ManifestRecord) -> PhotoOutcome:
    reason = ""
    if not record.details.get("faces"):
        reason = _NOT_CHOSEN if record.details.get("left") else _NO_FACE
    return PhotoOutcome(photo.source, photo.relative, Status.DONE_BEFORE, reason, record.details)


def _reason(photo: AlbumPhoto, error: Exception) -> str:
    if isinstance(error, PhotoError):
        _log.info("%s: %s", photo.source, error.reason)
        return error.reason
    if isinstance(error, SettingsError):
        return str(error).removeprefix(f"{photo.source}: ")  # a reason comes without the path
    _log.error("%s failed unexpectedly", photo.source, exc_info=error)
    text = " ".join(str(error).split())
    return f"cannot be protected: {type(error).__name__}{': ' if text else ''}{text}"
