"""What routes are given: all jobs, who may come in, and the job and the photo that the path names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from faceguard.web.access import Access
from faceguard.web.job import Job, JobPhoto
from faceguard.web.jobs import Jobs
from faceguard.web.refusals import Refusal

TOKEN = Security(
    HTTPBearer(auto_error=False, description="The token that was printed; asked for only if there is one")
)
"""Describes the token; `faceguard.web.gate` asks for it."""


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
