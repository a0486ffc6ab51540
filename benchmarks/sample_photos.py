"""Photos that are on the disk anyway, varied so that no two are the same; no data set is needed.

They show the astronaut of scikit-image and, where insightface is installed, its group photo. Speed depends
on sizes, not on who is shown, so that few people are enough.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from faceguard.cli.samples import write_samples
from faceguard.photos import read_photo

Pixels = NDArray[np.uint8]
_PORTRAIT = (0, 120, 240, 340)  # top, left, bottom, right: the astronaut's head and shoulders
_TILE = 0.8  # of a crowd's cell: how much of it a portrait fills


@cache
def group_photo() -> Pixels | None:
    """insightface's group photo of six people, uint8 (886, 1280, 3), RGB; None where it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        write_samples(Path(folder))
        path = Path(folder) / "group.jpg"
        return read_photo(path).pixels if path.is_file() else None


@cache
def portrait() -> Pixels:
    """The astronaut's head and shoulders, uint8 (240, 220, 3), RGB: one face of about 116 pixels."""
    top, left, bottom, right = _PORTRAIT
    return np.ascontiguousarray(skimage.data.astronaut()[top:bottom, left:right])


def varied(picture: Pixels, number: int) -> Pixels:
    """A picture mirrored, shifted, resized a little and in another light; each number's is another one."""
    draws = np.random.default_rng(number)
    height, width = picture.shape[:2]
    top, left = (int(draws.integers(0, max(1, side // 20))) for side in (height, width))
    part = picture[top:, left:]
    if draws.random() < 0.5:
        part = part[:, ::-1]
    scale = draws.uniform(0.9, 1.1)
    part = resized(np.ascontiguousarray(part), round(part.shape[1] * scale), round(part.shape[0] * scale))
    light = part * draws.uniform(0.8, 1.1, 3) + draws.uniform(-8, 8) + draws.normal(0, 1, part.shape)
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


def sample(number: int, megapixels: float) -> Pixels:
    """One photo of an album: every fourth shows the group, where there is one, the others one face."""
    group = group_photo()
    base = portrait() if group is None or number % 4 else group
    picture = varied(base, number)
    scale = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
    return resized(picture, round(picture.shape[1] * scale), round(picture.shape[0] * scale))


def crowd(width: int, height: int, faces: int, number: int = 0) -> Pixels:
    """A photo of some size with so many faces, evenly spread over a textured background."""
    background = skimage.data.coffee()
    photo = resized(background, width, height)
    columns = max(1, round((faces * width / height) ** 0.5))
    rows = -(-faces // columns) if faces else 0
    for place in range(faces):
        row, column = divmod(place, columns)
        cell = (width // columns, height // rows)
        tile = varied(portrait(), number * 1000 + place)
        scale = _TILE * min(cell[0] / tile.shape[1], cell[1] / tile.shape[0], 0.5 * height / tile.shape[0])
        tile = resized(tile, max(1, round(tile.shape[1] * scale)), max(1, round(tile.shape[0] * scale)))
        top = row * cell[1] + (cell[1] - tile.shape[0]) // 2
        left = column * cell[0] + (cell[0] - tile.shape[1]) // 2
        photo[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return photo


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture at another size."""
    smaller = width * height < picture.shape[0] * picture.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(picture, (width, height), interpolation=way), dtype=np.uint8)


def write_album(folder: Path, photos: int, megapixels: float) -> None:
    """Writes an album of JPEG files, as cameras write them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(photos):
        write_jpeg(folder / f"{number:06}.jpg", sample(number, megapixels))


def write_jpeg(path: Path, pixels: Pixels) -> None:
    """Writes a JPEG file of quality 92."""
    Image.fromarray(pixels).save(path, "JPEG", quality=92)
