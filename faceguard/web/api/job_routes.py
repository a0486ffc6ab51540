"""Routes that make a job, fill it, start it, follow it and end it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from faceguard.photos import MetadataPolicy
from faceguard.settings.strengths import STRENGTHS
from faceguard.web.answers import (
    JobView,
    PhotoView,
    ReferenceView,
    Role,
    job_view,
    photo_view,
    reference_view,
)
from faceguard.web.api.dependencies import TOKEN, AllJobs, ThisJob
from faceguard.web.api.descriptions import PHOTO_BODY, binary, errors
from faceguard.web.events import job_events
from faceguard.web.job import JobSettings
from faceguard.web.refusals import Refusal
from faceguard.web.uploads import take_photo, take_reference

router = APIRouter(dependencies=[TOKEN])


class NewJob(BaseModel):
    """What to do with an album."""

    strength: str = Field(
        "medium", description="low, medium or high: 4, 8 or 16 steps of 255", examples=["medium"]
    )
    metadata: MetadataPolicy = Field(
        MetadataPolicy.KEEP,
        description="keep all, strip-gps: without the place, strip-all: without EXIF and XMP",
    )


@router.post("/api/jobs", tags=["jobs"], summary="Make a job", status_code=201, responses=errors(422, 503))
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
    openapi_extra=PHOTO_BODY,
    responses=errors(404, 408, 409, 413, 415, 507),
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
    openapi_extra=PHOTO_BODY,
    responses=errors(404, 408, 409, 413, 415, 422, 507),
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
    responses=errors(404, 409),
)
async def start_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """Third step: it waits until those before it are done."""
    jobs.start(job)
    return job_view(jobs, job)


@router.get("/api/jobs/{job_id}", tags=["jobs"], summary="Where a job is", responses=errors(404))
async def show_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """Its state, and what became of each photo."""
    return job_view(jobs, job)


@router.get(
    "/api/jobs/{job_id}/events",
    tags=["jobs"],
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={**errors(404), **binary("text/event-stream", "Server-sent events")},
)
async def follow_job(
    job: ThisJob, jobs: AllJobs, last_event_id: Annotated[int, Header(ge=0)] = 0
) -> StreamingResponse:
    """Events `photo` (a PhotoView), `status` (a StatusView) and `removed`, until the job is at its end."""
    return StreamingResponse(job_events(jobs, job, last_event_id), media_type="text/event-stream")


@router.post("/api/jobs/{job_id}/cancel", tags=["jobs"], summary="Cancel a job", responses=errors(404))
async def cancel_job(job: ThisJob, jobs: AllJobs) -> JobView:
    """What is finished stays. A job that runs stops soon: follow it to see when."""
    jobs.cancel(job)
    return job_view(jobs, job)


@router.delete(
    "/api/jobs/{job_id}", tags=["jobs"], summary="Remove a job", status_code=204, responses=errors(404)
)
async def remove_job(job: ThisJob, jobs: AllJobs) -> Response:
    """Cancels it if need be, and removes all its photos."""
    await run_in_threadpool(jobs.remove, job)
    return Response(status_code=204)
