"""A photo from whatever a caller has: a path, a file's bytes, a Pillow image, an array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from faceguard.errors import PhotoError
from faceguard.photos.photo import Photo
from faceguard.photos.reading import decode_photo, read_photo

PhotoSource = str | Path | bytes | Image.Image | npt.NDArray[np.uint8] | Photo
"""A path, the bytes of a photo's file, an upright uint8 array (H, W, 3), RGB, or (H, W), grey, 0 to 255, a
Pillow image, or a photo that was read already."""


def load_photo(source: PhotoSource) -> Photo:
    """Makes a photo of what a caller has.

    Args:
        source: See `PhotoSource`. It is never changed.

    Raises:
        PhotoError: It cannot be read, or is none of these.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, str | Path):
        return read_photo(Path(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return decode_photo(bytes(source))
    if isinstance(source, Image.Image):
        return Photo.from_image(source)
    if isinstance(source, np.ndarray):
        return Photo.from_array(source)
    raise PhotoError(
        None,
        "a photo is a path, the bytes of a file, a PIL image or a uint8 array (H, W, 3), "
        f"not {type(source).__name__}",
    )
