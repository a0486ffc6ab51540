"""People who can be told apart, but not at a glance, and poisons that can: the yardstick's own yardstick.

A photo of person k has coarser grain in its k-th band of rows than elsewhere, and no two grains are alike:
nothing about single pixels tells people apart. What a poison adds is the same for all photos of one person,
which is far easier to learn; a victim that learns it knows nothing about clean photos.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from evaluation.benchmarks.train_victim import Victim
from recognizers import ARCFACE_112, CropSpec
from recognizers.backbones.base import StagedBackbone
from recognizers.training import TrainingSettings

Change = Callable[[int, int], NDArray[np.float64]]

SIDE, CROP_SIDE = 112, 28
PEOPLE, PHOTOS = 7, 20
_BAND = SIDE // PEOPLE

CROP = dataclasses.replace(
    ARCFACE_112,
    size=CROP_SIDE,
    template=tuple(
        ((x + 0.5) * CROP_SIDE / SIDE - 0.5, (y + 0.5) * CROP_SIDE / SIDE - 0.5)
        for x, y in ARCFACE_112.template
    ),
)


class TinyVictim(StagedBackbone):
    """Two convolutions and a matrix: 28 pixels to 16 values."""

    name = "tiny-victim"

    def __init__(self, dimension: int = 16, crop: CropSpec = CROP) -> None:
        super().__init__(dimension, crop)
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * 7 * 7, dimension)
        self.bn = nn.BatchNorm1d(dimension)

    def stages(self, values: Tensor) -> list[Tensor]:
        x = F.avg_pool2d(F.relu(self.bn1(self.conv1(values))), 2)
        return [F.avg_pool2d(F.relu(self.bn2(self.conv2(x))), 2)]

    def embedding(self, features: Tensor) -> Tensor:
        embeddings: Tensor = self.bn(self.fc(features.flatten(1)))
        return embeddings


TRAINING = TrainingSettings(
    epochs=12, batch_size=14, learning_rate=0.05, flip=False, shift=1, precision="float32"
)
VICTIM = Victim("tiny-victim", head_settings={"scale": 16.0, "margin": 0.1}, training=TRAINING)


def photo(person: int, number: int) -> NDArray[np.uint8]:
    """Grain everywhere, twice as much of it in the person's band."""
    rng = np.random.default_rng((person, number))
    grain = np.kron(rng.normal(0, 10, (28, 28, 1)), np.ones((4, 4, 3)))
    grain[person * _BAND : (person + 1) * _BAND] *= 2.5
    return (128 + grain).clip(0, 255).round().astype(np.uint8)


def same_for_each_person(person: int, number: int) -> NDArray[np.float64]:
    """A poison: blocks of light and dark that belong to the person."""
    return _blocks(np.random.default_rng(1000 + person))


def new_for_each_photo(person: int, number: int) -> NDArray[np.float64]:
    """No poison: the same blocks, but of no person."""
    return _blocks(np.random.default_rng((1000 + person, number)))


def _blocks(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.kron(rng.choice([-1.0, 1.0], (7, 7, 1)), np.ones((16, 16, 3)))


def write_people(
    root: Path, change: Change | None = None, size: float = 8, people: Sequence[int] = range(PEOPLE)
) -> Path:
    """A folder of identities p0, p1, ..., each photo changed by so many steps of 255."""
    for person in people:
        folder = root / f"p{person}"
        folder.mkdir(parents=True)
        for number in range(PHOTOS):
            pixels = photo(person, number).astype(np.float64)
            if change is not None:
                pixels += size * change(person, number)
            Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8)).save(folder / f"{number:02d}.png")
    return root
