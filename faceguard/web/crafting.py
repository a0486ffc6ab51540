"""Protects one job's photos: an album run, told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.progress import Progress
from faceguard.album.protecting import protect_album
from faceguard.album.report import AlbumReport
from faceguard.environment import device_name
from faceguard.web.guards import ServedGuard
from faceguard.web.job import Job, PhotoState, file_name
from faceguard.web.limits import Limits
from faceguard.web.pictures import make_pictures

_STATES = {
    Status.PROTECTED: PhotoState.PROTECTED,
    Status.NO_FACE: PhotoState.NO_FACE,
    Status.NOT_CHOSEN: PhotoState.NOT_CHOSEN,
    Status.FAILED: PhotoState.FAILED,
}


def protect_job(
    job: Job,
    guard: ServedGuard,
    limits: Limits,
    on_progress: Callable[[Progress], None],
    on_photo: Callable[[int, PhotoState, PhotoOutcome], None],
) -> dict[str, Any]:
    """Protects a job's photos into its folder, one after the other.

    Args:
        job: Its photos must not change meanwhile.
        guard: What protects them.
        limits: For the largest photo.
        on_progress: Called often; what it raises ends the run.
        on_photo: Called with each photo's number, what became of it and its outcome; likewise.

    Returns:
        What `AlbumReport.to_json` says of the run, with the client's names.

    Raises:
        Cancelled: The job was cancelled.
        FaceguardError: The album as a whole cannot be protected.
    """
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
