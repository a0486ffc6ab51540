"""Protects one job's photos: an album run, told to whoever waits for it, until it ends one way or another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.progress import Progress
from faceguard.album.protecting import protect_album
from faceguard.album.report import AlbumReport
from faceguard.environment import device_name
from faceguard.errors import Cancelled, FaceguardError
from faceguard.photos import DiskFullError
from faceguard.web.guards import Guards, ServedGuard
from faceguard.web.job import Job, JobState, PhotoState, file_name
from faceguard.web.limits import Limits
from faceguard.web.pictures import make_pictures

_log = logging.getLogger(__name__)
_STATES = {
    Status.PROTECTED: PhotoState.PROTECTED,
    Status.NO_FACE: PhotoState.NO_FACE,
    Status.NOT_CHOSEN: PhotoState.NOT_CHOSEN,
    Status.FAILED: PhotoState.FAILED,
}


OnProgress = Callable[[Progress], None]
"""Called often; what it raises ends the run."""
OnPhoto = Callable[[int, PhotoState, PhotoOutcome], None]
"""Called with each photo's number, what became of it and its outcome; what it raises ends the run."""


@dataclass(frozen=True)
class Ending:
    """How a job ended.

    Attributes:
        state: Where it is now.
        message: What went wrong as a whole, or was cut short; empty otherwise.
        summary: As `AlbumReport.to_json` gives it, where all photos are dealt with.
    """

    state: JobState
    message: str = ""
    summary: Mapping[str, Any] | None = None


def protect_job(
    job: Job, guards: Guards, limits: Limits, on_progress: OnProgress, on_photo: OnPhoto
) -> Ending:
    """Protects a job's photos, whatever comes of it; its photos must not change meanwhile.

    Args:
        job: The job.
        guards: Makes what protects its photos.
        limits: For the largest photo.
        on_progress: Told how far the run is; a `TimeoutError` it raises says that the run took too long.
        on_photo: Told of each photo; likewise.
    """
    try:
        only, but = (
            [each.path.read_bytes() for each in job.references if each.is_exception is wanted]
            for wanted in (False, True)
        )
        guard = guards.guard_for(job.settings, only, but)
        return Ending(JobState.DONE, summary=_run(job, guard, limits, on_progress, on_photo))
    except Cancelled as cancelled:
        return Ending(JobState.CANCELLED, str(cancelled))
    except TimeoutError:
        return Ending(
            JobState.FAILED,
            f"stopped after {limits.minutes:g} minutes, the limit for one album; what was finished by then "
            "is there. Protect the rest as another album, or let faceguard serve be started with a larger "
            "--max-minutes",
        )
    except DiskFullError as error:
        _log.warning("%s", error)
        return Ending(
            JobState.FAILED,
            "there is no room left where faceguard keeps its photos; what was finished by then is there. "
            "Make room, or name a larger place with the environment variable TMPDIR, and protect the rest",
        )
    except FaceguardError as error:
        _log.warning("an album could not be protected: %s", error)
        return Ending(JobState.FAILED, str(error))
    except Exception as error:
        _log.exception("an album could not be protected")
        text = " ".join(str(error).split())
        reason = f"cannot be protected: {type(error).__name__}{': ' if text else ''}{text}"
        return Ending(JobState.FAILED, reason)


def _run(
    job: Job, guard: ServedGuard, limits: Limits, on_progress: OnProgress, on_photo: OnPhoto
) -> dict[str, Any]:
    """What `AlbumReport.to_json` says of the run, with the client's names."""
    uploads = [job.uploads / file_name(number) for number in sorted(job.photos)]
    run = protect_album(
        guard,
        uploads,
        job.protected,
        metadata=job.settings.metadata,
        max_pixels=limits.pixels,
        progress=on_progress,
        cancel=job.cancel,
    )
    settings = {**guard.settings, "metadata": job.settings.metadata.value}
    report = AlbumReport(run.photos, run.left_out, settings, device_name(guard.device))
    for outcome in run:
        number = int(outcome.relative.name)
        report.add(outcome)
        if outcome.status is not Status.FAILED:
            make_pictures(job, number, outcome)
        on_photo(number, _STATES[outcome.status], outcome)
    return _with_names(report.to_json(), job)


def _with_names(summary: dict[str, Any], job: Job) -> dict[str, Any]:
    for entry in (*summary["not_protected"], *summary["unsure"]):
        entry["photo"] = job.photos[int(entry["photo"])].name
    return summary
