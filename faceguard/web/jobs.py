"""All jobs, and the one thread that works on them in turn."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from faceguard.album.outcome import PhotoOutcome
from faceguard.album.progress import Progress
from faceguard.errors import Cancelled, FaceguardError
from faceguard.photos import DiskFullError
from faceguard.web.crafting import protect_job
from faceguard.web.guards import Guards
from faceguard.web.job import Job, JobPhoto, JobSettings, JobState, PhotoState, Reference, file_name
from faceguard.web.limits import Limits
from faceguard.web.names import safe_name, same_name, unique_name
from faceguard.web.refusals import Refusal

_log = logging.getLogger(__name__)
_SECONDS_TO_STOP = 20.0
_CANCELLED = "cancelled; photos that were finished by then are there"
_MOST_REFERENCES = 20
_CHECKED_AT_ONCE = 2


@dataclass(frozen=True)
class Place:
    """A place for a photo that is on its way.

    Attributes:
        number: Of the photo in its job.
        name: The client's name for it, made safe and unlike all others of the job.
    """

    number: int
    name: str


class Jobs:
    """All jobs, and the one thread that works on them in turn; a context manager.

    Its methods may be called from any thread. None of them waits for the work.

    Args:
        folder: A private folder.
        limits: What is taken, and how long it is kept.
        guards: Makes what protects a job's photos.
        clock: Seconds that never go back.

    Attributes:
        limits: The same limits.
        guards: The same guards.
        is_closing: Whether the server is about to end.
        checking: Held while an upload is looked at, which takes its whole size in memory.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        guards: Guards,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self.is_closing = False
        self._folder = folder
        self.guards = guards
        self.checking = asyncio.Semaphore(_CHECKED_AT_ONCE)
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._queue: deque[Job] = deque()
        self._running: Job | None = None
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._work, name="faceguard-crafting", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def announce_closing(self) -> None:
        """Tells all that wait for something that the server ends."""
        self.is_closing = True  # may run in a signal handler: no lock

    def close(self) -> None:
        """Stops the work and removes all jobs."""
        self.announce_closing()
        with self._lock:
            if self._running is not None:
                self._running.cancel.cancel(_CANCELLED)
            self._wake.notify_all()
        self._thread.join(_SECONDS_TO_STOP)
        for job in list(self._jobs.values()):
            self.remove(job)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While it is held, no job changes; hold it briefly."""
        with self._lock:
            yield

    def create(self, settings: JobSettings) -> Job:
        """Makes a job that takes photos.

        Raises:
            Refusal: There are too many.
        """
        with self._lock:
            if len(self._jobs) >= self.limits.jobs:
                raise Refusal(
                    503,
                    "too-many-jobs",
                    f"{len(self._jobs)} albums are held here, which is the limit: try again later, remove "
                    "one that is finished, or let faceguard serve be started with a larger --max-jobs",
                    headers={"Retry-After": "60"},
                )
            folder = self._folder / f"job-{secrets.token_hex(8)}"
            job = Job(secrets.token_urlsafe(24), folder, settings, self._clock())
            for each in (folder, job.uploads, job.people, job.protected, job.views):
                each.mkdir(mode=0o700)
            self._jobs[job.id] = job
            return job

    def get(self, id: str) -> Job:
        """Finds a job, which counts as looking at it.

        Raises:
            Refusal: There is none of that name, or not any more.
        """
        with self._lock:
            job = self._jobs.get(id)
            if job is None:
                raise Refusal(
                    404,
                    "no-such-job",
                    f"there is no such album here. Albums are removed {self.limits.keep_minutes:g} minutes "
                    "after they were last looked at, and when faceguard stops: protect the photos again",
                )
            job.touched = self._clock()
            return job

    def keep(self, job: Job) -> None:
        """Looks at a job, so that it is not forgotten."""
        job.touched = self._clock()

    def place_for(self, job: Job, name: str) -> Place:
        """Keeps a place for a photo that is on its way; it is to be taken or given back.

        Args:
            job: A job that takes photos.
            name: The photo's name as the client sent it.

        Raises:
            Refusal: The job does not take photos any more, or has too many.
        """
        with self._lock:
            self._refuse_unless_collecting(job)
            if len(job.photos) + job.uploading >= self.limits.photos:
                raise Refusal(
                    413,
                    "too-many-photos",
                    f"an album has at most {self.limits.photos} photos here: protect the rest as another "
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
                self._refuse_unless_collecting(job)
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
        if job.size + more > self.limits.total_bytes:
            raise Refusal(
                413,
                "album-too-large",
                f"{name}: with it, the album has more than {self.limits.total_mb:g} MB: protect the rest as "
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
            self._refuse_unless_collecting(job)
            if len(job.references) >= _MOST_REFERENCES:
                raise Refusal(
                    413, "too-many-people", f"an album has at most {_MOST_REFERENCES} reference photos"
                )

    def start(self, job: Job) -> None:
        """Puts a job into the queue.

        Raises:
            Refusal: It has no photos, some are on their way, or it was started before.
        """
        with self._lock:
            self._refuse_unless_collecting(job)
            if job.uploading:
                raise Refusal(
                    409, "still-uploading", "photos of this album are still on their way: start it after them"
                )
            if not job.photos:
                raise Refusal(409, "no-photos", "this album has no photos: send some, then start it")
            job.state = JobState.WAITING
            self._queue.append(job)
            self._wake.notify_all()

    def ahead_of(self, job: Job) -> int:
        """How many jobs come before one that waits; 0 for all others."""
        with self._lock:
            if job not in self._queue:
                return 0
            return self._queue.index(job) + (self._running is not None)

    def cancel(self, job: Job) -> None:
        """Stops a job; one that runs stops soon. What is finished stays."""
        with self._lock:
            if job.state is JobState.RUNNING:
                job.cancel.cancel(_CANCELLED)
            elif not job.state.is_final:
                if job in self._queue:
                    self._queue.remove(job)
                job.message = _CANCELLED
                job.state = JobState.CANCELLED

    def remove(self, job: Job) -> None:
        """Cancels a job and removes all its files; those of one that runs as soon as it has stopped."""
        with self._lock:
            self.cancel(job)
            self._jobs.pop(job.id, None)
            job.is_removed = True
            if job is self._running and self._thread.is_alive():
                return
        shutil.rmtree(job.folder, ignore_errors=True)

    def remove_forgotten(self) -> int:
        """Removes jobs that nobody has looked at for a time, other than those that wait or run.

        Returns:
            How many.
        """
        latest = self._clock() - self.limits.keep_minutes * 60
        with self._lock:
            forgotten = [
                job
                for job in self._jobs.values()
                if job.touched < latest and job.state not in (JobState.WAITING, JobState.RUNNING)
            ]
        for job in forgotten:
            self.remove(job)
        return len(forgotten)

    def _refuse_unless_collecting(self, job: Job) -> None:
        if job.is_removed:
            self.get(job.id)
        if job.state is not JobState.COLLECTING:
            raise Refusal(
                409,
                "already-started",
                f"this album takes no photos any more but is {job.state}: make another",
            )

    def _work(self) -> None:
        while True:
            with self._lock:
                self._wake.wait_for(lambda: self._queue or self.is_closing)
                if self.is_closing:
                    return
                job = self._running = self._queue.popleft()
                job.state = JobState.RUNNING
            state, message = self._protect(job)
            with self._lock:
                self._running = None
                job.progress = None
                job.message = message
                job.touched = self._clock()
                job.state = state
                removed = job.is_removed
            if removed:
                shutil.rmtree(job.folder, ignore_errors=True)

    def _protect(self, job: Job) -> tuple[JobState, str]:
        """Works on one job.

        Returns:
            The state it ends in, and what there is to say.
        """
        deadline = self._clock() + self.limits.minutes * 60

        def stop_if_late() -> None:
            if self._clock() > deadline:
                raise TimeoutError

        def on_progress(progress: Progress) -> None:
            with self._lock:
                job.progress = progress
            stop_if_late()

        def on_photo(number: int, state: PhotoState, outcome: PhotoOutcome) -> None:
            with self._lock:
                job.photos[number] = replace(
                    job.photos[number], state=state, reason=outcome.reason, details=outcome.details
                )
                job.finished.append(number)
                job.touched = self._clock()
            stop_if_late()

        try:
            only, but = (
                [each.path.read_bytes() for each in job.references if each.is_exception is wanted]
                for wanted in (False, True)
            )
            guard = self.guards.guard_for(job.settings, only, but)
            summary = protect_job(job, guard, self.limits, on_progress, on_photo)
        except Cancelled as cancelled:
            return JobState.CANCELLED, str(cancelled)
        except TimeoutError:
            return JobState.FAILED, (
                f"stopped after {self.limits.minutes:g} minutes, the limit for one album; what was finished "
                "by then is there. Protect the rest as another album, or let faceguard serve be started with "
                "a larger --max-minutes"
            )
        except DiskFullError as error:
            _log.warning("%s", error)
            return JobState.FAILED, (
                "there is no room left where faceguard keeps its photos; what was finished by then is there. "
                "Make room, or name a larger place with the environment variable TMPDIR, and protect the rest"
            )
        except FaceguardError as error:
            _log.warning("an album could not be protected: %s", error)
            return JobState.FAILED, str(error)
        except Exception as error:
            _log.exception("an album could not be protected")
            text = " ".join(str(error).split())
            return JobState.FAILED, f"cannot be protected: {type(error).__name__}{': ' if text else ''}{text}"
        with self._lock:
            job.summary = summary
        return JobState.DONE, ""
