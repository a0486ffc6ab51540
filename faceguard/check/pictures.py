"""What a page shows of a photo: small pictures, as data URIs, so that the page needs no other file."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceguard.comparison import difference

AMPLIFIED = 16  # times
PAGE_BYTES = 4_000_000  # of all pictures of a page together, about
_LARGEST, _SMALLEST = 800, 200  # pixels: a picture's longer side
_QUALITY, _DIFFERENCE_QUALITY = 80, 50

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """Before, after and difference as data URIs of WebP files, all of one size.

    Attributes:
        width: Of each picture, in pixels.
        height: Of each picture.
        before: The original, resized and cropped as the protected photo is.
        after: The protected photo.
        difference: What changed, 16 times; grey is no change.
    """

    width: int
    height: int
    before: str
    after: str
    difference: str

    @property
    def size(self) -> int:
        """What they add to a page, in bytes."""
        return len(self.before) + len(self.after) + len(self.difference)


def room_for(photos: int) -> int:
    """How many bytes a photo's pictures may take on a page of so many photos."""
    return PAGE_BYTES // max(1, photos)


def pictures(before: Pixels, after: Pixels, room: int) -> Pictures:
    """Makes the pictures.

    Args:
        before: uint8 (H, W, 3), RGB.
        after: The same shape.
        room: How many bytes they may take together; a photo keeps 200 pixels of its longer side even so.
    """
    changed = difference(before, after, AMPLIFIED)
    side = float(_LARGEST)
    while True:
        made = _drawn(before, after, changed, round(side))
        if made.size <= room or side <= _SMALLEST:
            return made
        # Half as many pixels take more than half the bytes: a little less than what fits by proportion.
        side = max(_SMALLEST, side * min(0.9 * (room / made.size) ** 0.5, 0.9))


def _drawn(before: Pixels, after: Pixels, changed: Pixels, side: int) -> Pictures:
    height, width = after.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return Pictures(
        *size,
        _data_uri(before, size, _QUALITY),
        _data_uri(after, size, _QUALITY),
        _data_uri(changed, size, _DIFFERENCE_QUALITY),
    )


def _data_uri(pixels: Pixels, size: tuple[int, int], quality: int) -> str:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
