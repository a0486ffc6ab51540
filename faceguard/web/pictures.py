"""The pictures that the page shows: thumbnails, and copies of photos that browsers cannot show."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceguard.album.outcome import PhotoOutcome
from faceguard.photos import read_photo, write_atomically
from faceguard.web.formats import MEDIA_TYPES, SHOWN_BY_BROWSERS
from faceguard.web.job import Job, file_name

_log = logging.getLogger(__name__)
_THUMBNAIL = 320  # pixels: its longest side


def make_pictures(job: Job, number: int, outcome: PhotoOutcome) -> None:
    """Makes the pictures of a photo that was written; without them it is protected all the same."""
    try:
        protected = job.protected / file_name(number)
        pixels = outcome.result.pixels if outcome.result is not None else read_photo(protected).pixels
        write_atomically(_thumbnail_path(job, number), _thumbnail(pixels))
        if job.photos[number].format_name not in SHOWN_BY_BROWSERS:
            for side, path in (("before", job.uploads / file_name(number)), ("after", protected)):
                write_atomically(_copy_path(job, number, side), _png(read_photo(path).pixels))
    except Exception:
        _log.warning("no pictures of photo %d for the page", number, exc_info=True)


def thumbnail(job: Job, number: int) -> tuple[Path, str]:
    """A small picture of the protected photo, and its media type; the file may be missing."""
    return _thumbnail_path(job, number), "image/jpeg"


def before(job: Job, number: int) -> tuple[Path, str]:
    """The photo as it came, in a format that browsers show; the file may be missing."""
    return _shown(job, number, "before", job.uploads)


def after(job: Job, number: int) -> tuple[Path, str]:
    """The protected photo, in a format that browsers show; the file may be missing."""
    return _shown(job, number, "after", job.protected)


def _shown(job: Job, number: int, side: str, folder: Path) -> tuple[Path, str]:
    name = job.photos[number].format_name
    if name in SHOWN_BY_BROWSERS:
        return folder / file_name(number), MEDIA_TYPES[name]
    return _copy_path(job, number, side), "image/png"


def _thumbnail_path(job: Job, number: int) -> Path:
    return job.views / f"{file_name(number)}-thumbnail"


def _copy_path(job: Job, number: int, side: str) -> Path:
    return job.views / f"{file_name(number)}-{side}"


def _thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    height, width = pixels.shape[:2]
    scale = min(1.0, _THUMBNAIL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
