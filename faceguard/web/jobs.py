"""All jobs, and the one thread that works on them in turn."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from faceguard.album.outcome import PhotoOutcome
from faceguard.album.progress import Progress
from faceguard.web.collecting import Collecting
from faceguard.web.guards import Guards
from faceguard.web.job import Job, JobSettings, JobState, PhotoState
from faceguard.web.limits import Limits
from faceguard.web.protecting import Ending, protect_job
from faceguard.web.refusals import Refusal, no_such_job

_SECONDS_TO_STOP = 20.0
_CANCELLED = "cancelled; photos that were finished by then are there"
_CHECKED_AT_ONCE = 2


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
        collecting: Takes photos into jobs.
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
        self.collecting = Collecting(limits, self._lock, clock)
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
                raise no_such_job(self.limits)
            job.touched = self._clock()
            return job

    def keep(self, job: Job) -> None:
        """Looks at a job, so that it is not forgotten."""
        job.touched = self._clock()

    def start(self, job: Job) -> None:
        """Puts a job into the queue.

        Raises:
            Refusal: It has no photos, some are on their way, or it was started before.
        """
        with self._lock:
            self.collecting.refuse_unless_open(job)
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

    def _work(self) -> None:
        while True:
            with self._lock:
                self._wake.wait_for(lambda: self._queue or self.is_closing)
                if self.is_closing:
                    return
                job = self._running = self._queue.popleft()
                job.state = JobState.RUNNING
            ending = self._protect(job)
            with self._lock:
                self._running = None
                job.progress = None
                job.summary = ending.summary
                job.message = ending.message
                job.touched = self._clock()
                job.state = ending.state
                removed = job.is_removed
            if removed:
                shutil.rmtree(job.folder, ignore_errors=True)

    def _protect(self, job: Job) -> Ending:
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

        return protect_job(job, self.guards, self.limits, on_progress, on_photo)
