"""What the tests of recognisers share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from faceguard.engine.sight import aligned_crops
from faceguard.faces.face import Face
from faceguard.faces.mtcnn import MtcnnDetector
from faceguard.photos import read_photo
from recognizers import CropSpec

Crops = NDArray[np.uint8]
PHOTOS = 4


@pytest.fixture(scope="session")
def mobilefacenet(data_root: Path) -> Path:
    """An ArcFace-trained MobileFaceNet, beside the test photos; skips without it."""
    path = data_root.parent / "weights" / "arcface_mobilefacenet_ms1m.onnx"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path


@pytest.fixture(scope="session")
def people(data_root: Path) -> list[tuple[NDArray[np.uint8], Face]]:
    """Real photos and the largest face in each; skips where there are none."""
    paths = sorted((data_root / "celeba" / "img_celeba").glob("*.jpg"))[:PHOTOS]
    if len(paths) < PHOTOS:
        pytest.skip(f"no CelebA photos in {data_root}")
    photos = [read_photo(path).pixels for path in paths]
    found = MtcnnDetector("cpu").detect(photos)
    return [(photo, faces[0]) for photo, faces in zip(photos, found, strict=True) if faces]


def real_crops(people: list[tuple[NDArray[np.uint8], Face]], crop: CropSpec) -> Crops:
    """Real faces as a recogniser is shown them, as a file would hold them: uint8 (N, size, size, 3), RGB."""
    cut = [aligned_crops(photo, [face], crop)[0].permute(1, 2, 0).numpy() for photo, face in people]
    pictures = np.stack([(values * 255).round().clip(0, 255).astype(np.uint8) for values in cut])
    return np.ascontiguousarray(pictures)
