"""What the API answers, as models: OpenAPI describes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from faceguard.web.job import Job, JobPhoto, JobState, PhotoState, Reference
from faceguard.web.jobs import Jobs


class Health(BaseModel):
    """The server is there."""

    status: str = "ok"


class ErrorDetails(BaseModel):
    """What is wrong and what to do."""

    code: str = Field(description="A short name for programs", examples=["photo-too-large"])
    message: str = Field(description="What is wrong and what to do, for people")
    file: str | None = Field(None, description="The photo it is about; null where it is about none")


class Error(BaseModel):
    """The body of every answer that is an error."""

    error: ErrorDetails


class Strength(BaseModel):
    """One of the strengths to choose from."""

    name: str
    epsilon: float = Field(description="How far a pixel may move, in steps of 255")


class LimitsView(BaseModel):
    """What the server takes, and how long it keeps it."""

    pixels: int = Field(description="The largest photo, width × height")
    photo_bytes: int
    photos: int = Field(description="Of one job")
    total_bytes: int = Field(description="Of one job's files together")
    jobs: int = Field(description="Held at the same time")
    minutes: float = Field(description="How long protecting one job's photos may take")
    keep_minutes: float = Field(description="How long a job that nobody looks at is kept")


class About(BaseModel):
    """What this server is and takes."""

    version: str
    is_local: bool = Field(description="Whether it listens on this machine only")
    strengths: list[Strength]
    extensions: list[str] = Field(description="Of the photos that can be protected")
    limits: LimitsView
    not_promised: list[str] = Field(description="What protecting does not promise, in sentences")


class MatchView(BaseModel):
    """How a face compares with the photos of people."""

    distance: float = Field(description="From the nearest of them, Euclidean")
    unsure: bool = Field(description="Whether it may or may not be one of them")


class FaceView(BaseModel):
    """A face that was found."""

    box: list[float] = Field(description="Left, top, right, bottom, in pixels of the upright photo")
    score: float = Field(description="The detector's certainty, 0 to 1")
    match: MatchView | None = Field(description="Where only some people are protected; null otherwise")


class RecogniserView(BaseModel):
    """What a recogniser makes of a photo's faces: the original against a copy, before and after."""

    name: str
    measure: str = Field(description='"cosine": larger is more alike; "euclidean": smaller is')
    threshold: float | None = Field(description="The recogniser's usual threshold")
    before: list[float | None] = Field(description="One for each face")
    after: list[float | None] = Field(description="One for each face")
    recognised: int | None = Field(description="How many faces it still recognises; null without threshold")


class PhotoView(BaseModel):
    """One photo of a job."""

    number: int
    name: str
    bytes: int
    format: str
    state: PhotoState
    reason: str = Field(description="Why it is not protected; empty for a protected photo")
    faces: list[FaceView] = Field(description="Those that are protected")
    left: list[FaceView] = Field(description="Those of others, which stay as they are")
    recognisers: list[RecogniserView]
    quality: dict[str, float | None] | None = Field(
        description="psnr (dB), ssim, flip, largest and mean change (steps of 255), on the faces"
    )


class ProgressView(BaseModel):
    """How far a job's current phase is."""

    phase: str = Field(description='"finding" faces, then "protecting" them')
    done: int
    total: int
    eta_seconds: float | None = Field(description="How long the rest of this phase takes")


class StatusView(BaseModel):
    """Where a job is."""

    state: JobState
    ahead: int = Field(description="How many other jobs come first, while it waits")
    stopping: bool = Field(description="Whether it was cancelled and is about to stop")
    photos: int
    protected: int
    without_face: int
    not_chosen: int = Field(description="Photos without anybody who is to be protected")
    failed: int
    progress: ProgressView | None
    message: str = Field(description="Why it ended early; empty otherwise")


class Role(StrEnum):
    """What a photo of a person is for.

    Attributes:
        ONLY: Only this person, and others of this role, are protected.
        EXCEPT: This person's faces stay as they are.
    """

    ONLY = "only"
    EXCEPT = "except"


class ReferenceView(BaseModel):
    """A photo of a person to protect, or to leave."""

    name: str
    role: Role


class JobView(BaseModel):
    """A job: its settings, its state and its photos."""

    id: str = Field(description="Who knows it can see the photos: keep it to yourself")
    strength: str
    metadata: str
    people: list[ReferenceView] = Field(description="Whose faces are protected; empty for everybody's")
    status: StatusView
    photos: list[PhotoView]
    summary: dict[str, Any] | None = Field(
        description="The run's report, as faceguard-report.json; null before the end"
    )


def status_view(jobs: Jobs, job: Job) -> StatusView:
    """Where a job is."""
    with jobs.looking():
        states = [photo.state for photo in job.photos.values()]
        progress = job.progress
        return StatusView(
            state=job.state,
            ahead=jobs.ahead_of(job),
            stopping=job.state is JobState.RUNNING and job.cancel.cancelled,
            photos=len(states),
            protected=states.count(PhotoState.PROTECTED),
            without_face=states.count(PhotoState.NO_FACE),
            not_chosen=states.count(PhotoState.NOT_CHOSEN),
            failed=states.count(PhotoState.FAILED),
            progress=None
            if progress is None
            else ProgressView(
                phase=progress.phase,
                done=progress.done,
                total=progress.total,
                eta_seconds=progress.eta_seconds,
            ),
            message=job.message,
        )


def job_view(jobs: Jobs, job: Job) -> JobView:
    """A job with all its photos."""
    with jobs.looking():
        return JobView(
            id=job.id,
            strength=job.settings.strength,
            metadata=job.settings.metadata.value,
            people=[reference_view(reference) for reference in job.references],
            status=status_view(jobs, job),
            photos=[photo_view(photo) for photo in job.photos.values()],
            summary=None if job.summary is None else dict(job.summary),
        )


def reference_view(reference: Reference) -> ReferenceView:
    """One reference."""
    return ReferenceView(name=reference.name, role=Role.EXCEPT if reference.is_exception else Role.ONLY)


def photo_view(photo: JobPhoto) -> PhotoView:
    """One photo."""
    details = photo.details
    return PhotoView(
        number=photo.number,
        name=photo.name,
        bytes=photo.size,
        format=photo.format_name,
        state=photo.state,
        reason=photo.reason,
        faces=[_face_view(face) for face in details.get("faces", ())],
        left=[_face_view(face) for face in details.get("left", ())],
        recognisers=[
            RecogniserView(
                name=name,
                measure=views["measure"],
                threshold=views["threshold"],
                before=[face["before"] for face in views["faces"]],
                after=[face["after"] for face in views["faces"]],
                recognised=None
                if views["threshold"] is None
                else sum(bool(face["recognised"]) for face in views["faces"]),
            )
            for name, views in details.get("similarity", {}).items()
        ],
        quality=details.get("quality"),
    )


def _face_view(face: Mapping[str, Any]) -> FaceView:
    match = face.get("match")
    return FaceView(
        box=face["box"],
        score=face["score"],
        match=None if match is None else MatchView(distance=match["distance"], unsure=match["unsure"]),
    )
