"""A guard without networks: a photo's faces are its columns of pure red, and protecting darkens them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from faceguard.cancel import CancelToken
from faceguard.faces.face import Face
from faceguard.measures.quality import Quality
from faceguard.measures.similarity import Similarity
from faceguard.photos import Photo
from faceguard.results import ProtectionResult
from recognizers import Measure, Threshold

THRESHOLD = Threshold(Measure.EUCLIDEAN, 0.6, "made up")


class FakeGuard:
    """Deterministic, and it keeps count of what it was asked."""

    def __init__(self, key: str = "v1") -> None:
        self.settings_key = key
        self.settings: dict[str, object] = {"method": "fake"}
        self.device = torch.device("cpu")
        self.unread_others: list[Exception] = []
        self.looked_at: list[str] = []
        self.prepared = 0
        self.batches: list[list[str]] = []
        self.before_protecting: Callable[[Sequence[Photo]], None] = lambda photos: None

    def find_faces(self, photos: Sequence[Photo]) -> list[list[Face]]:
        self.looked_at += [_name(photo) for photo in photos]
        return [_faces(photo) for photo in photos]

    def people(self) -> list[int]:
        return []

    def remember(self, people: list[int], photo: Photo, faces: Sequence[Face]) -> None:
        people.append(len(faces))

    def prepare(self, people: list[int], cancel: CancelToken | None = None) -> None:
        """Keeps count of how often it was asked."""
        self.prepared += 1

    def protect_photos(
        self,
        photos: Sequence[Photo],
        faces: Sequence[Sequence[Face]] | None = None,
        people: list[int] | None = None,
        cancel: CancelToken | None = None,
    ) -> list[ProtectionResult]:
        self.batches.append([_name(photo) for photo in photos])
        self.before_protecting(photos)
        assert faces is not None
        # Who is in the album and what else is in the batch have a say, as with the real one.
        change = 1 + sum(people or []) % 3 + len(photos) % 2
        return [_protected(photo, its, change) for photo, its in zip(photos, faces, strict=True)]


def photo_file(path: Path, faces: int = 1, shade: int = 100) -> Path:
    """Writes a PNG of 8 × 12 pixels with so many faces."""
    pixels = np.full((8, 12, 3), shade, np.uint8)
    pixels[:, 1 : 1 + faces] = (255, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "PNG")
    return path


def _name(photo: Photo) -> str:
    return photo.path.name if photo.path is not None else ""


def _faces(photo: Photo) -> list[Face]:
    columns = np.flatnonzero((photo.pixels == (255, 0, 0)).all(axis=(0, 2)))
    return [Face((x, 0, x + 1, 8), np.full((5, 2), x, np.float32), 0.99) for x in columns]


def _protected(photo: Photo, faces: Sequence[Face], change: int) -> ProtectionResult:
    pixels = photo.pixels.copy()
    for face in faces:
        pixels[:, int(face.box[0])] -= np.array([change, 0, 0], np.uint8)
    similarity = tuple(Similarity(0.1, 0.9, THRESHOLD, False) for _ in faces)
    quality = Quality(40.0, 0.95, 0.05, change, change / 3)
    return ProtectionResult(photo, pixels, tuple(faces), quality, {"dlib": similarity}, 8.0)
