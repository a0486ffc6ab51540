"""One client's album: its photos, what became of them, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from faceguard.album.progress import Progress
from faceguard.cancel import CancelToken
from faceguard.photos import MetadataPolicy


class JobState(StrEnum):
    """Where a job is.

    Attributes:
        COLLECTING: It takes photos.
        WAITING: It waits for its turn.
        RUNNING: Its photos are being protected.
        DONE: All photos are dealt with.
        CANCELLED: It was cancelled; photos that were finished are there.
        FAILED: It came to an end before all photos were dealt with; those that were finished are there.
    """

    COLLECTING = "collecting"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing happens any more."""
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class PhotoState(StrEnum):
    """What became of a photo.

    Attributes:
        WAITING: Nothing yet.
        PROTECTED: Its faces are protected.
        NO_FACE: No face was found; it is copied as it is and not protected.
        NOT_CHOSEN: None of its faces is to be protected; it is copied as it is.
        FAILED: It could not be read or protected.
    """

    WAITING = "waiting"
    PROTECTED = "protected"
    NO_FACE = "no face"
    NOT_CHOSEN = "not chosen"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether there is a file to download."""
        return self in (PhotoState.PROTECTED, PhotoState.NO_FACE, PhotoState.NOT_CHOSEN)


@dataclass(frozen=True)
class JobPhoto:
    """One photo of a job.

    Attributes:
        number: From 1, in the order of arrival; its name in the private folder.
        name: The client's name for it, made safe; with "/" between folders.
        format_name: Such as "JPEG".
        size: Of the file as it came, in bytes.
        state: What became of it.
        reason: Why it is not protected; empty for a protected photo.
        details: As `faceguard.album.outcome.details_of` gives them.
    """

    number: int
    name: str
    format_name: str
    size: int
    state: PhotoState = PhotoState.WAITING
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """A photo of a person to protect, or to leave.

    Attributes:
        name: The client's name for it, made safe.
        is_exception: Whether the person's faces are to stay as they are.
        path: Its file in the private folder.
    """

    name: str
    is_exception: bool
    path: Path


@dataclass(frozen=True)
class JobSettings:
    """What a client chose.

    Attributes:
        strength: A key of `faceguard.settings.strengths.STRENGTHS`.
        metadata: What becomes of the photos' metadata.
    """

    strength: str = "medium"
    metadata: MetadataPolicy = MetadataPolicy.KEEP


class Job:
    """One client's album. `faceguard.web.jobs.Jobs` guards it by its lock.

    Attributes:
        id: Cannot be guessed: who knows it may see the photos.
        folder: The job's part of the private folder.
        settings: What the client chose.
        state: Where it is.
        photos: By number.
        references: Photos of the people to protect or to leave; none for everybody.
        finished: Numbers of the photos that are dealt with, in that order.
        progress: How far the current phase is; None before and after.
        message: What went wrong as a whole, or was cut short; empty otherwise.
        summary: As `AlbumReport.to_json` gives it, at the end; None before.
        size: Of all its photos and references, in bytes.
        touched: When a client last asked for it, by the monotonic clock.
        next_number: Of the next photo.
        names: `faceguard.web.names.same_name` of all names.
        uploading: How many photos are on their way.
        cancel: Stops its run.
        is_removed: Whether it is to be forgotten.
    """

    def __init__(self, id: str, folder: Path, settings: JobSettings, now: float) -> None:
        self.id = id
        self.folder = folder
        self.settings = settings
        self.state = JobState.COLLECTING
        self.photos: dict[int, JobPhoto] = {}
        self.references: list[Reference] = []
        self.finished: list[int] = []
        self.progress: Progress | None = None
        self.message = ""
        self.summary: Mapping[str, Any] | None = None
        self.size = 0
        self.touched = now
        self.next_number = 1
        self.names: set[str] = set()
        self.uploading = 0
        self.cancel = CancelToken()
        self.is_removed = False

    @property
    def uploads(self) -> Path:
        """Where the photos are, as they came, and whatever is on its way."""
        return self.folder / "uploads"

    @property
    def people(self) -> Path:
        """Where the references are."""
        return self.folder / "people"

    @property
    def protected(self) -> Path:
        """Where the protected photos are."""
        return self.folder / "protected"

    @property
    def views(self) -> Path:
        """Where pictures for the page are."""
        return self.folder / "views"


def file_name(number: int) -> str:
    """The name of a photo in the private folder."""
    return f"{number:06d}"
