"""Routes to what came of a job: downloads, and pictures to look at."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, StreamingResponse

from faceguard.web import pictures
from faceguard.web.api.dependencies import TOKEN, AllJobs, ThisJob, ThisPhoto
from faceguard.web.api.descriptions import binary, errors
from faceguard.web.archive import zipped
from faceguard.web.formats import MEDIA_TYPES
from faceguard.web.job import Job, JobPhoto, JobState, PhotoState, file_name
from faceguard.web.refusals import Refusal

_ARCHIVE = "faceguard-protected.zip"

router = APIRouter(dependencies=[TOKEN])


@router.get(
    "/api/jobs/{job_id}/zip",
    tags=["results"],
    summary="All finished photos",
    response_class=StreamingResponse,
    responses={**errors(404, 409), **binary("application/zip", "The photos under their names")},
)
async def download_all(job: ThisJob, jobs: AllJobs) -> StreamingResponse:
    """A zip file of the photos that are finished, those without a face included."""
    with jobs.looking():
        if not job.state.is_final:
            raise Refusal(
                409, "not-finished", f"this album is not finished (it is {job.state}): wait, or cancel it"
            )
        files = [
            (photo.name, job.protected / file_name(photo.number))
            for photo in job.photos.values()
            if photo.state.is_finished
        ]
    if not files:
        raise Refusal(
            404, "nothing-finished", "none of this album's photos is finished: see each photo's reason"
        )
    headers = {"Content-Disposition": f'attachment; filename="{_ARCHIVE}"'}
    return StreamingResponse(zipped(files), media_type="application/zip", headers=headers)


@router.get(
    "/api/jobs/{job_id}/photos/{number}/download",
    tags=["results"],
    summary="One protected photo",
    response_class=FileResponse,
    responses={**errors(404), **binary("image/*", "In the format in which it came")},
)
async def download_one(job: ThisJob, photo: ThisPhoto) -> FileResponse:
    """Under its name, in the format in which it came."""
    path = _finished(job, photo, job.protected / file_name(photo.number))
    return FileResponse(
        path, media_type=MEDIA_TYPES[photo.format_name], filename=photo.name.rpartition("/")[2]
    )


@router.get(
    "/api/jobs/{job_id}/photos/{number}/before",
    tags=["results"],
    summary="A photo as it came, to look at",
    response_class=FileResponse,
    responses={**errors(404), **binary("image/*", "In a format that browsers show")},
)
async def show_before(job: ThisJob, photo: ThisPhoto) -> FileResponse:
    """In a format that browsers show: TIFF and HEIC become PNG."""
    path, media_type = pictures.before(job, photo.number)
    return FileResponse(_finished(job, photo, path), media_type=media_type)


@router.get(
    "/api/jobs/{job_id}/photos/{number}/after",
    tags=["results"],
    summary="A protected photo, to look at",
    response_class=FileResponse,
    responses={**errors(404), **binary("image/*", "In a format that browsers show")},
)
async def show_after(job: ThisJob, photo: ThisPhoto) -> FileResponse:
    """In a format that browsers show: TIFF and HEIC become PNG."""
    path, media_type = pictures.after(job, photo.number)
    return FileResponse(_finished(job, photo, path), media_type=media_type)


@router.get(
    "/api/jobs/{job_id}/photos/{number}/thumbnail",
    tags=["results"],
    summary="A small picture of a protected photo",
    response_class=FileResponse,
    responses={**errors(404), **binary("image/jpeg", "At most 320 pixels wide and high")},
)
async def show_thumbnail(job: ThisJob, photo: ThisPhoto) -> FileResponse:
    """At most 320 pixels wide and high."""
    path, media_type = pictures.thumbnail(job, photo.number)
    return FileResponse(_finished(job, photo, path), media_type=media_type)


def _finished(job: Job, photo: JobPhoto, path: Any) -> Any:
    if photo.state is PhotoState.FAILED:
        raise Refusal(404, "photo-failed", f"{photo.name}: {photo.reason}", photo.name)
    if photo.state is PhotoState.WAITING or not path.is_file():
        what = "wait for it" if job.state in (JobState.WAITING, JobState.RUNNING) else "protect it again"
        raise Refusal(404, "not-finished", f"{photo.name}: it is not finished: {what}", photo.name)
    return path
