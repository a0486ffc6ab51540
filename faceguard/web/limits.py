"""What the server takes, and how long it keeps it. Nothing here loads NumPy or FastAPI."""

from __future__ import annotations

from dataclasses import dataclass

from faceguard.errors import SettingsError

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What the server takes, and how long it keeps it.

    Attributes:
        pixels: The largest photo, in pixels (width × height).
        photo_mb: The largest file, in megabytes (10**6 bytes).
        photos: How many photos a job has at most.
        total_mb: How large a job's files are together, in megabytes.
        jobs: How many jobs are held at the same time, finished ones included.
        minutes: How long protecting a job's photos may take.
        keep_minutes: How long a job that nobody looks at is kept.
        upload_seconds: How long sending one photo may take.

    Raises:
        SettingsError: A limit is not above 0.
    """

    pixels: int = 120_000_000
    photo_mb: float = 50
    photos: int = 500
    total_mb: float = 2000
    jobs: int = 20
    minutes: float = 120
    keep_minutes: float = 30
    upload_seconds: float = 300

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise SettingsError(f"the limit {name} is above 0, not {value}")

    @property
    def photo_bytes(self) -> int:
        """`photo_mb` in bytes."""
        return round(self.photo_mb * MEGABYTE)

    @property
    def total_bytes(self) -> int:
        """`total_mb` in bytes."""
        return round(self.total_mb * MEGABYTE)
