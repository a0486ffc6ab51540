"""The HTTP API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response, Security
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from faceguard import __version__
from faceguard.album.limits import LIMITS
from faceguard.photos import PHOTO_EXTENSIONS, MetadataPolicy
from faceguard.settings.strengths import STRENGTHS
from faceguard.web import pictures
from faceguard.web.access import Access
from faceguard.web.answers import (
    About,
    Error,
    Health,
    JobView,
    LimitsView,
    PhotoView,
    ReferenceView,
    Role,
    Strength,
    job_view,
    photo_view,
    reference_view,
)
from faceguard.web.archive import zipped
from faceguard.web.events import job_events
from faceguard.web.formats import MEDIA_TYPES
from faceguard.web.gate import COOKIE, LOGIN, bearer_of
from faceguard.web.job import Job, JobPhoto, JobSettings, JobState, PhotoState, file_name
from faceguard.web.jobs import Jobs
from faceguard.web.refusals import Refusal
from faceguard.web.uploads import take_photo, take_reference

_ARCHIVE = "faceguard-protected.zip"
_PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are; its content decides on its type",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Error} for status in (401, 403, 421, *statuses)}


def _binary(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": description, "content": content}}


def _jobs(request: Request) -> Jobs:
    found: Jobs = request.app.state.jobs
    return found


def _access(request: Request) -> Access:
    found: Access = request.app.state.access
    return found


AllJobs = Annotated[Jobs, Depends(_jobs)]
Whom = Annotated[Access, Depends(_access)]


def _job(job_id: str, jobs: AllJobs) -> Job:
    return jobs.get(job_id)


def _photo(number: int, job: Annotated[Job, Depends(_job)]) -> JobPhoto:
    photo = job.photos.get(number)
    if photo is None:
        raise Refusal(
            404, "no-such-photo", f"this album has no photo number {number}: see its list of photos"
        )
    return photo


ThisJob = Annotated[Job, Depends(_job)]
ThisPhoto = Annotated[JobPhoto, Depends(_photo)]


class NewJob(BaseModel):
    """What to do with an album."""

    strength: str = Field(
        "medium", description="low, medium or high: 4, 8 or 16 steps of 255", examples=["medium"]
    )
    metadata: MetadataPolicy = Field(
        MetadataPolicy.KEEP,
        description="keep all, strip-gps: without the place, strip-all: without EXIF and XMP",
    )


_BEARER = HTTPBearer(
    auto_error=False, description="The token that was printed; asked for only if there is one"
)

open_router = APIRouter()
router = APIRouter(dependencies=[Security(_BEARER)])  # describes it; `faceguard.web.gate` asks for it


@open_router.get("/healthz", tags=["server"], summary="Whether the server is there")
async def healthz() -> Health:
    """Answers at once, also while photos are being protected; asks for no token."""
    return Health()


@router.post(
    LOGIN, tags=["server"], summary="Show the token once, for browsers", status_code=204, responses=_errors()
)
async def open_session(request: Request, access: Whom) -> Response:
    """Takes the token from the header `Authorization: Bearer TOKEN` and sets a cookie in its place."""
    if access.token is not None and not access.is_token(bearer_of(request.headers)):
        raise Refusal(
            401, "wrong-token", "this is not the token: copy it from where faceguard serve was started"
        )
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, access.session, path="/api/", httponly=True, samesite="strict")
    return answer


@router.get("/api/about", tags=["server"], summary="What this server is and takes", responses=_errors())
async def about(jobs: AllJobs, access: Whom) -> About:
    """Version, strengths, limits, and what is not promised."""
    limits = jobs.limits
    return About(
        version=__version__,
        is_local=access.is_local,
        strengths=[Strength(name=name, epsilon=epsilon) for name, epsilon in STRENGTHS.items()],
        extensions=sorted(PHOTO_EXTENSIONS),
        limits=LimitsView(
            pixels=limits.pixels,
            photo_bytes=limits.photo_bytes,
            photos=limits.photos,
            total_bytes=limits.total_bytes,
            jobs=limits.jobs,
            minutes=limits.minutes,
            keep_minutes=limits.keep_minutes,
        ),
        not_promised=list(LIMITS),
    )


@router.post("/api/jobs", tags=["jobs"], summary="Make a job", status_code=201, responses=_errors(422, 503))
async def create_job(wanted: NewJob, jobs: AllJobs) -> JobView:
    """First step: then send its photos, one by one, and start it."""
    if wanted.strength not in STRENGTHS:
        raise Refusal(
            422, "no-such-strength", f"there is no strength {wanted.strength!r}: use {', '.join(STRENGTHS)}"
        )
    return job_view(jobs, jobs.create(JobSettings(wanted.strength, wanted.metadata)))


@router.post(
    "/api/jobs/{job_id}/photos",
    tags=["jobs"],
    summary="Send one photo",
    status_code=201,
    openapi_extra=_PHOTO_BODY,
    responses=_errors(404, 408, 409, 413, 415, 507),
)
async def add_photo(
    request: Request,
    job: ThisJob,
    jobs: AllJobs,
    name: Annotated[str, Query(min_length=1, description='Its name; "/" between folders')],
    content_length: Annotated[int | None, Header(include_in_schema=False)] = None,
) -> PhotoView:
    """Second step. A photo that is refused does not stop the others."""
    return photo_view(await take_photo(jobs, job, name, request.stream(), content_length))


@router.post(
    "/api/jobs/{job_id}/people",
    tags=["jobs"],
    summary="Send a photo of a person to protect, or to leave",
    status_code=201,
    openapi_extra=_PHOTO_BODY,
    responses=_errors(404, 408, 409, 413, 415, 422, 507),
)
async def add_reference(
    request: Request,
    job: ThisJob,
    jobs: AllJobs,
    name: Annotated[str, Query(min_length=1, description="Its name")],
    role: Role = Role.ONLY,
    content_length: Annotated[int | None, Header(include_in_schema=False)] = None,
) -> ReferenceView:
    """Before the start, and only if not everybody is to be protected. The photo shows one person."""
    taken = await take_reference(jobs, job, name, role is Role.EXCEPT, request.stream(), content_length)
    return reference_view(taken)


@router.post(
    "/api/jobs/{job_id}/start",
    tags=["jobs"],
    summary="Start a job",
    status_code=202,
    responses=_errors(404, 409),
)
async def start_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """Third step: it waits until those before it are done."""
    jobs.start(job)
    return job_view(jobs, job)


@router.get("/api/jobs/{job_id}", tags=["jobs"], summary="Where a job is", responses=_errors(404))
async def show_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """Its state, and what became of each photo."""
    return job_view(jobs, job)


@router.get(
    "/api/jobs/{job_id}/events",
    tags=["jobs"],
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={**_errors(404), **_binary("text/event-stream", "Server-sent events")},
)
async def follow_job(
    job: ThisJob, jobs: AllJobs, last_event_id: Annotated[int, Header(ge=0)] = 0
) -> StreamingResponse:
    """Events `photo` (a PhotoView), `status` (a StatusView) and `removed`, until the job is at its end."""
    return StreamingResponse(job_events(jobs, job, last_event_id), media_type="text/event-stream")


@router.post("/api/jobs/{job_id}/cancel", tags=["jobs"], summary="Cancel a job", responses=_errors(404))
async def cancel_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """What is finished stays. A job that runs stops soon: follow it to see when."""
    jobs.cancel(job)
    return job_view(jobs, job)


@router.delete(
    "/api/jobs/{job_id}", tags=["jobs"], summary="Remove a job", status_code=204, responses=_errors(404)
)
async def remove_job(job: ThisJob, jobs: AllJobs) -> Response:
    """Cancels it if need be, and removes all its photos."""
    await run_in_threadpool(jobs.remove, job)
    return Response(status_code=204)


@router.get(
    "/api/jobs/{job_id}/zip",
    tags=["results"],
    summary="All finished photos",
    response_class=StreamingResponse,
    responses={**_errors(404, 409), **_binary("application/zip", "The photos under their names")},
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
    responses={**_errors(404), **_binary("image/*", "In the format in which it came")},
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
    responses={**_errors(404), **_binary("image/*", "In a format that browsers show")},
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
    responses={**_errors(404), **_binary("image/*", "In a format that browsers show")},
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
    responses={**_errors(404), **_binary("image/jpeg", "At most 320 pixels wide and high")},
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
