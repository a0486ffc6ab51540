"""Photos with structure, and a detector and judges without networks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from faceguard.check.checking import Checker
from faceguard.check.judges import Bench
from faceguard.faces.face import Face
from recognizers import ARCFACE_112, Measure, Recognizer, Threshold, Views
from tests.faceguard.engine.test_patches import face_at

Pixels = NDArray[np.uint8]
HEIGHT, WIDTH = 240, 320


def scene(number: int, height: int = HEIGHT, width: int = WIDTH) -> Pixels:
    """A photo like no other: smooth structure of several sizes, dark enough for `MarkDetector`."""
    rng = np.random.default_rng(number)
    layers = [
        cv2.resize(
            rng.uniform(0, 1, (rows, rows, 3)).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for rows in (5, 12, 40)
    ]
    return (sum(layers) / 3 * 160 + 20).clip(0, 200).astype(np.uint8)


def with_faces(photo: Pixels, *middles: tuple[int, int]) -> Pixels:
    """The photo with a face of 60 pixels around each of some (x, y)."""
    marked = photo.copy()
    for x, y in middles:
        marked[y - 39 : y + 39, x - 30 : x + 30] = (60, 60, 250)
    return marked


def protected(photo: Pixels, by: int = 24) -> Pixels:
    """The photo with what the judges look at changed: the green of its faces."""
    changed = photo.copy()
    changed[..., 1][_marks(photo)] += np.uint8(by)
    return changed


def copied(photo: Pixels, scale: float = 0.5, quality: int = 75) -> Pixels:
    """What comes back from a social network."""
    height, width = (round(side * scale) for side in photo.shape[:2])
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def saved(pixels: Pixels, path: Path) -> Path:
    """Writes a photo, as its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def _marks(photo: Pixels) -> NDArray[np.bool_]:
    return np.asarray(photo[..., 2] > 225)


class MarkDetector:
    """Takes what is as blue as `with_faces` makes it for a face."""

    name = "marks"

    def detect(self, photos: Sequence[Pixels]) -> list[list[Face]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: Pixels) -> list[Face]:
        count, _, stats, _ = cv2.connectedComponentsWithStats(_marks(photo).astype(np.uint8))
        boxes = [stats[place] for place in range(1, count) if stats[place][4] > 200]
        faces = [face_at(x + (w - 1) / 2, y + (h - 1) / 2, w / 2) for x, y, w, h, _ in boxes]
        return sorted(faces, key=lambda face: (-face.size, face.box[0]))


USUAL = Threshold(Measure.EUCLIDEAN, 0.05, "made up")


class GreenJudge:
    """Embeds a face as how green its middle is: unprotected faces are alike, protected ones are not."""

    licence = "none"
    crop = ARCFACE_112
    dimension = 2
    differentiable = False

    def __init__(self, name: str = "green", threshold: Threshold | None = USUAL) -> None:
        self.name = name
        self.threshold = threshold

    def embed(self, crops: Tensor) -> Tensor:
        green = crops[:, 1, 40:72, 40:72].mean((1, 2))
        return torch.stack([green, torch.ones_like(green)], 1)

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), ())

    def to(self, device: torch.device | str) -> GreenJudge:
        return self


class Steps:
    """Counts the steps of each stage."""

    def __init__(self) -> None:
        self.stages: dict[str, list[int]] = {}

    def stage(self, name: str, total: int) -> None:
        self.stages[name] = [0, total]
        self._counted = self.stages[name]

    def step(self, count: int = 1) -> None:
        self._counted[0] += count


def checker(*judges: Recognizer, steps: Steps | None = None) -> Checker:
    """A checker without networks."""
    bench = Bench(judges or (GreenJudge(),))
    return Checker(bench, MarkDetector(), torch.device("cpu"), steps or Steps())
