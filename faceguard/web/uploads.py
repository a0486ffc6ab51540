"""Takes photos from requests' bodies into a job, without ever keeping more than is allowed."""

from __future__ import annotations

import asyncio
import errno
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from faceguard.errors import PhotoError, SettingsError
from faceguard.photos.reading import read_bytes
from faceguard.web.collecting import Place
from faceguard.web.formats import TooManyPixelsError, format_name
from faceguard.web.job import Job, JobPhoto, Reference
from faceguard.web.jobs import Jobs
from faceguard.web.names import safe_name
from faceguard.web.refusals import Refusal
from recognizers.system_errors import reason_of

_DRAINED = 4  # times the largest photo: that much of a refused body is read, so that the answer is heard
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Arrived:
    """A file that has arrived and is a photo.

    Attributes:
        path: Where it is.
        format_name: Such as "JPEG".
        size: In bytes.
    """

    path: Path
    format_name: str
    size: int


async def take_photo(
    jobs: Jobs, job: Job, name: str, body: AsyncIterator[bytes], announced: int | None
) -> JobPhoto:
    """Takes a photo to protect.

    Args:
        jobs: Where the job is.
        job: A job that takes photos.
        name: The client's name for the photo.
        body: The file's bytes, in pieces.
        announced: How many they are, where the client said so.

    Raises:
        Refusal: The job does not take it, it is too large or took too long, or it is no photo that faceguard
            can read.
    """
    place = jobs.collecting.place_for(job, name)
    try:
        upload = await _arrived(jobs, job, place.name, body, announced)
    except BaseException:
        jobs.collecting.give_back(job, place)
        raise
    return await run_in_threadpool(_handed_over, jobs, job, place, upload)


async def take_reference(
    jobs: Jobs, job: Job, name: str, is_exception: bool, body: AsyncIterator[bytes], announced: int | None
) -> Reference:
    """Takes a photo of a person to protect, or to leave; otherwise as `take_photo`.

    Raises:
        Refusal: As there, or it does not show one person's face well enough.
    """
    jobs.collecting.refuse_references(job)
    shown = safe_name(name)
    upload = await _arrived(jobs, job, shown, body, announced)
    try:
        async with jobs.checking:
            await run_in_threadpool(_check_reference, jobs, upload, shown)
        return jobs.collecting.take_reference(job, name, is_exception, upload.path, upload.size)
    finally:
        with suppress(OSError):
            upload.path.unlink(missing_ok=True)


async def _arrived(
    jobs: Jobs, job: Job, name: str, body: AsyncIterator[bytes], announced: int | None
) -> Arrived:
    path = job.uploads / f"arriving-{uuid.uuid4().hex}"
    try:
        try:
            async with asyncio.timeout(jobs.limits.upload_seconds):
                size = await _receive(jobs, job, name, body, announced, path)
        except TimeoutError as error:
            raise Refusal(
                408,
                "upload-too-slow",
                f"{name}: did not arrive within {jobs.limits.upload_seconds:g} seconds: send it again",
                name,
                {"Connection": "close"},
            ) from error
        async with jobs.checking:
            found = await run_in_threadpool(_checked, path, name, jobs.limits.pixels)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return Arrived(path, found, size)


async def _receive(
    jobs: Jobs, job: Job, name: str, body: AsyncIterator[bytes], announced: int | None, upload: Path
) -> int:
    """Writes the body to a file.

    Returns:
        Its size.
    """
    size = 0
    refusal = _too_large(jobs, job, name, announced or 0)
    try:
        with upload.open("xb") as file:
            async for piece in body:
                size += len(piece)
                refusal = refusal or _too_large(jobs, job, name, size)
                if refusal is None:
                    await run_in_threadpool(file.write, piece)
                elif size > _DRAINED * jobs.limits.photo_bytes:
                    break
    except ClientDisconnect as error:
        raise Refusal(
            400, "upload-broken-off", f"{name}: the upload broke off: send it again", name
        ) from error
    except OSError as error:
        jobs.get(job.id)  # raises where the job was removed meanwhile
        raise _not_kept(name, error) from error
    if refusal is not None:
        raise refusal
    return size


def _too_large(jobs: Jobs, job: Job, name: str, size: int) -> Refusal | None:
    limits = jobs.limits
    if size > limits.photo_bytes:
        return Refusal(
            413,
            "photo-too-large",
            f"{name}: a photo has at most {limits.photo_mb:g} MB here: make it smaller, or let faceguard "
            "serve be started with a larger --max-photo-mb",
            name,
        )
    try:
        jobs.collecting.refuse_total(job, name, size)
    except Refusal as refusal:
        return refusal
    return None


def _checked(upload: Path, name: str, max_pixels: int) -> str:
    """The format of an upload.

    Raises:
        Refusal: It is no photo that faceguard can read, or has too many pixels.
    """
    try:
        return format_name(read_bytes(upload), max_pixels)
    except TooManyPixelsError as error:
        raise Refusal(413, "too-many-pixels", f"{name}: {error.reason}", name) from error
    except PhotoError as error:
        raise Refusal(415, "not-a-photo", f"{name}: {error.reason}", name) from error


def _check_reference(jobs: Jobs, upload: Arrived, name: str) -> None:
    try:
        jobs.guards.check_reference(upload.path.read_bytes())
    except SettingsError as error:
        raise Refusal(422, "unusable-reference", f"{name}: {error}", name) from error


def _handed_over(jobs: Jobs, job: Job, place: Place, upload: Arrived) -> JobPhoto:
    try:
        return jobs.collecting.take(job, place, upload.path, upload.format_name, upload.size)
    except OSError as error:
        raise _not_kept(place.name, error) from error
    finally:
        with suppress(OSError):
            upload.path.unlink(missing_ok=True)


def _not_kept(name: str, error: OSError) -> Refusal:
    if error.errno in _FULL:
        return Refusal(
            507,
            "no-room",
            f"{name}: there is no room left where faceguard keeps its photos: make room, or start faceguard "
            "serve with the environment variable TMPDIR naming a larger place",
            name,
        )
    return Refusal(500, "not-kept", f"{name}: it cannot be kept: {reason_of(error)}", name)
