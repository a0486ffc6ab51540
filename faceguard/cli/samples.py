"""Photos that are on the disk anyway, for the demo."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from faceguard.people.group_photo import group_photo
from faceguard.photos import write_atomically


def write_samples(folder: Path) -> None:
    """Writes the sample photos into a folder.

    One is scikit-image's astronaut (NASA, public domain), as a JPEG like a camera's. The other, where
    insightface is installed, is its group photo.

    Args:
        folder: Where they go; it is made where it is missing, and other photos in it stay.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: They cannot be written for another reason.
    """
    encoded = io.BytesIO()
    astronaut: NDArray[np.uint8] = skimage.data.astronaut()
    Image.fromarray(astronaut).save(encoded, "JPEG", quality=95, subsampling=0)
    write_atomically(folder / "astronaut.jpg", encoded.getvalue())
    group = group_photo()
    if group is not None:
        write_atomically(folder / "group.jpg", group.read_bytes())
