"""Sample photos of a report: before, after, and the difference amplified."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AMPLIFIED = 16  # times
_WIDTH = 420  # pixels
_QUALITY = 92

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Sample:
    """One photo to look at.

    Attributes:
        caption: What it is.
        before: uint8 (H, W, 3), RGB, upright.
        after: The same photo protected.

    Raises:
        ValueError: The two are not of one size, or not RGB.
    """

    caption: str
    before: Pixels
    after: Pixels

    def __post_init__(self) -> None:
        if self.before.shape != self.after.shape or self.before.ndim != 3 or self.before.shape[2] != 3:
            raise ValueError(f"a sample is (H, W, 3) both, not {self.before.shape} and {self.after.shape}")

    def pictures(self) -> tuple[str, str, str]:
        """Before, after, and their difference times 16 around grey, as data URIs of small JPEGs."""
        moved = self.after.astype(np.float32) - self.before.astype(np.float32)
        changed = np.clip(128 + AMPLIFIED * moved, 0, 255).astype(np.uint8)
        before, after, difference = (_data_uri(picture) for picture in (self.before, self.after, changed))
        return before, after, difference


def _data_uri(pixels: Pixels) -> str:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.width > _WIDTH:
        image = image.resize(
            (_WIDTH, max(1, round(image.height * _WIDTH / image.width))), Image.Resampling.LANCZOS
        )
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
