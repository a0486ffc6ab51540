"""Takes photos and references into jobs that were not started yet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faceguard.web.job import Job, JobPhoto, JobState, Reference, file_name
from faceguard.web.limits import Limits
from faceguard.web.names import safe_name, same_name, unique_name
from faceguard.web.refusals import Refusal, no_such_job

_MOST_REFERENCES = 20


@dataclass(frozen=True)
class Place:
    """A place for a photo that is on its way.

    Attributes:
        number: Of the photo in its job.
        name: The client's name for it, made safe and unlike all others of the job.
    """

    number: int
    name: str


class Collecting:
    """What jobs take; its methods may be called from any thread.

    Args:
        limits: What is taken.
        lock: While it is held, no job changes.
        clock: Seconds that never go back.
    """

    def __init__(self, limits: Limits, lock: threading.RLock, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._lock = lock
        self._clock = clock

    def place_for(self, job: Job, name: str) -> Place:
        """Keeps a place for a photo that is on its way; it is to be taken or given back.

        Args:
            job: A job that takes photos.
            name: The photo's name as the client sent it.

        Raises:
            Refusal: The job does not take photos any more, or has too many.
        """
        with self._lock:
            self.refuse_unless_open(job)
            if len(job.photos) + job.uploading >= self._limits.photos:
                raise Refusal(
                    413,
                    "too-many-photos",
                    f"an album has at most {self._limits.photos} photos here: protect the rest as another "
                    "album, or let faceguard serve be started with a larger --max-photos",
                    safe_name(name),
                )
            place = Place(job.next_number, unique_name(safe_name(name), job.names))
            job.next_number += 1
            job.names.add(same_name(place.name))
            job.uploading += 1
            return place

    def give_back(self, job: Job, place: Place) -> None:
        """Gives back a place: its photo did not come."""
        with self._lock:
            job.uploading -= 1
            job.names.discard(same_name(place.name))

    def take(self, job: Job, place: Place, upload: Path, format_name: str, size: int) -> JobPhoto:
        """Takes a photo that has arrived; its place is given back where that fails.

        Args:
            job: The job it is for.
            place: The place that was kept for it.
            upload: Its file, in the job's folder of uploads; it is moved.
            format_name: Such as "JPEG".
            size: In bytes.

        Raises:
            Refusal: The job takes no photos any more, or they are too large together.
        """
        with self._lock:
            try:
                self.refuse_unless_open(job)
                self.refuse_total(job, place.name, size)
                upload.replace(job.uploads / file_name(place.number))
            except BaseException:
                self.give_back(job, place)
                raise
            photo = JobPhoto(place.number, place.name, format_name, size)
            job.uploading -= 1
            job.size += size
            job.photos[photo.number] = photo
            job.touched = self._clock()
            return photo

    def refuse_total(self, job: Job, name: str, more: int) -> None:
        """Raises a `Refusal` if so many bytes more would be too many for a job."""
        if job.size + more > self._limits.total_bytes:
            raise Refusal(
                413,
                "album-too-large",
                f"{name}: with it, the album has more than {self._limits.total_mb:g} MB: protect the rest as "
                "another album, or let faceguard serve be started with a larger --max-total-mb",
                name,
            )

    def take_reference(self, job: Job, name: str, is_exception: bool, upload: Path, size: int) -> Reference:
        """Takes a photo of a person to protect or to leave.

        Args:
            job: The job it is for.
            name: The photo's name as the client sent it.
            is_exception: Whether the person's faces are to stay as they are.
            upload: Its file, in the job's folder of uploads; it is moved.
            size: In bytes.

        Raises:
            Refusal: The job takes no references any more, or its files are too large together.
        """
        with self._lock:
            self.refuse_references(job)
            self.refuse_total(job, safe_name(name), size)
            path = job.people / file_name(len(job.references) + 1)
            upload.replace(path)
            reference = Reference(safe_name(name), is_exception, path)
            job.references.append(reference)
            job.size += size
            job.touched = self._clock()
            return reference

    def refuse_references(self, job: Job) -> None:
        """Raises a `Refusal` if a job takes no references any more."""
        with self._lock:
            self.refuse_unless_open(job)
            if len(job.references) >= _MOST_REFERENCES:
                raise Refusal(
                    413, "too-many-people", f"an album has at most {_MOST_REFERENCES} reference photos"
                )

    def refuse_unless_open(self, job: Job) -> None:
        """Raises a `Refusal` if a job takes nothing any more; to be called with the lock held."""
        if job.is_removed:
            raise no_such_job(self._limits)
        if job.state is not JobState.COLLECTING:
            raise Refusal(
                409,
                "already-started",
                f"this album takes no photos any more but is {job.state}: make another",
            )
