"""People made of paint: each face is a coloured tile, and colours apart are people apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

import recognizers
from faceguard.faces import detectors
from faceguard.faces.face import Face
from recognizers import ARCFACE_112, Measure, Threshold, Views
from tests.faceguard.engine.test_patches import face_at

Colour = tuple[float, float, float]
WALL: Colour = (0.5, 0.5, 0.5)
TILE = 64  # pixels


def wall_of(*tiles: Colour, side: int = TILE) -> NDArray[np.uint8]:
    """A photo of tiles beside each other, (side, side * tiles, 3); what has the wall's colour is no face."""
    colours = [np.full((side, side, 3), np.rint(np.array(tile) * 255), np.uint8) for tile in tiles]
    return np.concatenate(colours, axis=1)


def painted(path: Path, *tiles: Colour, side: int = TILE) -> Path:
    """Writes such a photo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(wall_of(*tiles, side=side)).save(path)
    return path


class TileDetector:
    """Finds the tiles, squares as high as the photo; the boxes are as wide as they are, the crops wider."""

    name = "tiles"

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: NDArray[np.uint8]) -> list[Face]:
        side = photo.shape[0]
        middles = range(side // 2, photo.shape[1], side)
        seen = [x for x in middles if np.abs(photo[side // 2, x].astype(int) - 128).max() > 20]
        return [face_at(x, side / 2, side / 2) for x in seen]


class ColourRecogniser:
    """Sees the mean colour in the middle of a crop, as three numbers 0..1; differentiable."""

    name = "colour"
    licence = "none"
    crop = ARCFACE_112
    dimension = 3
    threshold: Threshold | None = Threshold(Measure.EUCLIDEAN, 0.6, "made up")
    differentiable = True

    def embed(self, crops: Tensor) -> Tensor:
        return crops[:, :, 48:64, 48:64].mean((2, 3))

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), [functional.avg_pool2d(crops, 8)])

    def to(self, device: torch.device | str) -> ColourRecogniser:
        return self


def use_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a detector or a recogniser gets these."""
    monkeypatch.setattr(recognizers, "load", lambda *_: ColourRecogniser())
    monkeypatch.setattr(detectors, "load", lambda *_: TileDetector())
