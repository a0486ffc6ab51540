"""What is measured is what is written: a JPEG's own compression is part of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceguard.photos.photo import Photo
from faceguard.photos.pull import Pull
from faceguard.photos.reading import decode_photo
from faceguard.photos.writing import encode_photo


def as_written(photo: Photo, pixels: NDArray[np.uint8], pull: Pull | None = None) -> NDArray[np.uint8]:
    """A photo's new pixels, uint8 (H, W, 3), as its written file will give them back."""
    if photo.format_name != "JPEG":
        return pixels
    return decode_photo(encode_photo(photo, pixels, pull=pull), photo.path, pixels.size).pixels
