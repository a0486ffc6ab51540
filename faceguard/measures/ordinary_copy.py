"""An ordinary copy of a photo, as messengers and networks make it: half the size, JPEG quality 75."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

COPY_SCALE = 0.5
_QUALITY = 75


def ordinary_copy(pixels: NDArray[np.uint8], scale: float = COPY_SCALE) -> NDArray[np.uint8]:
    """Makes the copy.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        scale: Its size as a share of the photo's, along a side, above 0 and up to 1.

    Returns:
        uint8 (scale * H, scale * W, 3), rounded down, RGB.
    """
    height, width = (max(1, int(side * scale)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=_QUALITY)
    return np.asarray(Image.open(buffer).convert("RGB"))
