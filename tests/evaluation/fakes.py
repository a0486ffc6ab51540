"""A detector, a recogniser and a guard without networks, and photos of people that they can tell apart.

A photo's person is the pattern of its blocks. The detector sees one face that fills the photo; none on a
photo that is nearly black; and on one that is nearly white a large one at the left and a small one in the
middle.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from faceguard.cancel import CancelToken
from faceguard.faces.face import Face
from faceguard.measures.quality import Quality
from faceguard.photos import Photo
from faceguard.results import ProtectionResult
from recognizers import ARCFACE_112, Measure, Threshold, Views

SIDE = 112


class FakeDetector:
    """Counts the photos it is asked about."""

    name = "fake"

    def __init__(self, min_face: int = 20) -> None:
        self.min_face = min_face
        self._batches: list[int] = []

    @property
    def asked(self) -> int:
        return sum(self._batches)

    def detect(self, photos: Sequence[np.ndarray]) -> list[list[Face]]:
        self._batches.append(len(photos))
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: np.ndarray) -> list[Face]:
        height, width = photo.shape[:2]
        face = _face(0, 0, width, height)
        if photo.mean() < 20:
            return []
        if photo.mean() <= 235:
            return [face]
        return [_face(0, 0, width / 2, height), _face(0.4 * width, 0.4 * height, 0.6 * width, 0.6 * height)]


def _face(left: float, top: float, right: float, bottom: float) -> Face:
    template = np.array(ARCFACE_112.template, np.float32)
    landmarks = (template + 0.5) * np.array([right - left, bottom - top]) / SIDE - 0.5 + (left, top)
    return Face((left, top, right, bottom), landmarks.astype(np.float32), 0.99)


class FakeRecognizer:
    """Embeds a crop's 8 × 8 blocks, and how far they are from grey, by a random linear map.

    It counts the crops it is shown. What is far from grey stays so when colours are turned around: a tracker
    that learns to look at that sees through `FakeGuard`.
    """

    licence = "none"
    crop = ARCFACE_112
    dimension = 32
    threshold = Threshold(Measure.COSINE, 0.5, "made up")

    def __init__(self, name: str = "fake", seed: int = 0, differentiable: bool = True) -> None:
        self.name = name
        self.differentiable = differentiable
        self._batches: list[int] = []
        self.network = nn.Linear(2 * 3 * 8 * 8, self.dimension, bias=False)
        torch.manual_seed(seed)
        nn.init.normal_(self.network.weight)
        self.network.requires_grad_(False)

    @property
    def shown(self) -> int:
        return sum(self._batches)

    def embed(self, crops: Tensor) -> Tensor:
        self._batches.append(len(crops))
        blocks = torch.nn.functional.adaptive_avg_pool2d(crops, 8) - 0.5
        return self.network(torch.cat([blocks, blocks.abs() - 0.2], 1).flatten(1))

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), ())

    def to(self, device: torch.device | str) -> FakeRecognizer:
        self.network.to(device)
        return self


class FakeGuard:
    """Protects by turning a photo's colours around, which is nobody's pattern."""

    def __init__(self, key: str = "v1") -> None:
        self.settings_key = key
        self.settings: dict[str, object] = {"method": "fake", "epsilon": 255.0}
        self.protected = 0

    def find_faces(self, photos: Sequence[Photo]) -> list[list[Face]]:
        return FakeDetector().detect([photo.pixels for photo in photos])

    def people(self) -> list[int]:
        return []

    def remember(self, people: list[int], photo: Photo, faces: Sequence[Face]) -> None:
        people.append(len(faces))

    def prepare(self, people: list[int], cancel: CancelToken | None = None) -> None:
        """Nothing is shared."""

    def protect_photos(
        self,
        photos: Sequence[Photo],
        faces: Sequence[Sequence[Face]] | None = None,
        people: list[int] | None = None,
        cancel: CancelToken | None = None,
    ) -> list[ProtectionResult]:
        self.protected += len(photos)
        assert faces is not None
        quality = Quality(5.0, 0.1, 0.9, 255, 100.0)
        return [
            ProtectionResult(photo, 255 - photo.pixels, tuple(its), quality if its else None)
            for photo, its in zip(photos, faces, strict=True)
        ]


def portrait(person: int, number: int, noise: int = 20) -> bytes:
    """A PNG of a person: their blocks, with some noise of the photo's own."""
    blocks = np.random.default_rng(person).integers(30, 226, (8, 8, 3))
    moved = blocks + np.random.default_rng((person, number)).integers(-noise, noise + 1, (8, 8, 3))
    return png(np.repeat(np.repeat(moved.clip(0, 255), SIDE // 8, 0), SIDE // 8, 1).astype(np.uint8))


def plain(value: int) -> bytes:
    """A PNG of one grey."""
    return png(np.full((SIDE, SIDE, 3), value, np.uint8))


def png(pixels: np.ndarray) -> bytes:
    """A picture as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def people_folder(root: Path, people: int = 6, photos: int = 4) -> Path:
    """A folder of identities p0, p1, ... with photos 0.png, 1.png, ..."""
    for person in range(people):
        folder = root / f"p{person}"
        folder.mkdir(parents=True)
        for number in range(photos):
            (folder / f"{number}.png").write_bytes(portrait(person, number))
    return root
