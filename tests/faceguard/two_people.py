"""An album of two people, and what protecting did to its photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def two_people(folder: Path, darkest: int = 40, lightest: int = 215) -> Path:
    """Writes two photos of each, smooth and without a face, below a folder of the person's name."""
    rng = np.random.default_rng(0)
    for name in ("anna/1", "anna/2", "bodo/1", "bodo/2"):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(darkest, lightest, (10, 12, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((240, 200)).save(path)
    return folder


def change(source: Path, output: Path) -> NDArray[np.int64]:
    """How far each value of a photo was moved."""
    before, after = (np.asarray(Image.open(path)).astype(np.int64) for path in (source, output))
    return after - before
