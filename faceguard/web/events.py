"""A job as server-sent events: each photo once, when it is dealt with, and the state of the whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from pydantic import BaseModel

from faceguard.web.answers import photo_view, status_view
from faceguard.web.job import Job
from faceguard.web.jobs import Jobs

_SECONDS_BETWEEN_LOOKS = 0.2
_LOOKS_BETWEEN_SIGNS_OF_LIFE = 50


async def job_events(jobs: Jobs, job: Job, seen: int) -> AsyncIterator[str]:
    """The events of a job until it is at its end or removed.

    - `photo`: a `PhotoView`, for each photo that is dealt with; its id counts them.
    - `status`: a `StatusView`, first and whenever it has changed.
    - `removed`: the job is not here any more.

    Args:
        jobs: Where the job is.
        job: The job.
        seen: The id of the last `photo` event that the client has; 0 for none.
    """
    last_status = ""
    idle = 0
    while not jobs.is_closing:
        with jobs.looking():
            photos = [photo_view(job.photos[number]) for number in job.finished[seen:]]
            status = status_view(jobs, job)
            removed = job.is_removed
        idle += 1
        for photo in photos:
            seen += 1
            idle = 0
            yield _event("photo", photo, seen)
        if removed:
            yield "event: removed\ndata: {}\n\n"
            return
        text = status.model_dump_json()
        if text != last_status:
            last_status = text
            idle = 0
            yield _event("status", status)
        if status.state.is_final:
            return
        if idle >= _LOOKS_BETWEEN_SIGNS_OF_LIFE:
            idle = 0
            yield ": still here\n\n"
        jobs.keep(job)
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


def _event(name: str, data: BaseModel, id: int | None = None) -> str:
    first = "" if id is None else f"id: {id}\n"
    return f"{first}event: {name}\ndata: {data.model_dump_json()}\n\n"
