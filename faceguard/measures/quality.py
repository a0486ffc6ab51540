"""How far a protected photo is from its original: PSNR, SSIM, FLIP, largest and mean change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log10

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from faceguard.measures.flip import flip

_LONGEST_SIDE = 512
_WINDOW = 7  # the side of SSIM's window

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Quality:
    """Means over the faces of a photo, each measured on its box.

    SSIM and FLIP of a box whose longer side is above 512 pixels are those of the box reduced to 512, by area:
    such a face is looked at as a whole.

    Attributes:
        psnr: Peak signal-to-noise ratio of the faces' mean squared change, in dB; infinite where nothing
            changed.
        ssim: Structural similarity over RGB (Wang et al. 2004), -1..1; 1 is the same picture.
        flip: FLIP (Andersson et al. 2020), 0..1; 0 is the same picture.
        largest: The largest change of a value, in steps of 255, over the whole photo.
        mean: The mean absolute change on the faces, in steps of 255.
    """

    psnr: float
    ssim: float
    flip: float
    largest: int
    mean: float


def face_quality(before: Pixels, after: Pixels, boxes: Sequence[Box]) -> Quality:
    """Measures how far the faces of a photo moved.

    Args:
        before: The original, uint8 (H, W, 3), RGB.
        after: The protected photo, the same shape.
        boxes: The faces, (left, top, right, bottom) in pixels; what leaves the photo is not looked at.

    Raises:
        ValueError: The photos' shapes or types are wrong, or there is no box.
    """
    if before.shape != after.shape or before.ndim != 3 or before.shape[2] != 3:
        raise ValueError(f"the photos are (H, W, 3) both, not {before.shape} and {after.shape}")
    if before.dtype != np.uint8 or after.dtype != np.uint8:
        raise ValueError(f"the photos are uint8 both, not {before.dtype} and {after.dtype}")
    if not boxes:
        raise ValueError("there is no face to measure")
    squared, absolute, ssim, flips = [], [], [], []
    for box in boxes:
        rows, columns = inside(box, before.shape[0], before.shape[1])
        first, second = before[rows, columns], after[rows, columns]
        # cv2's differences saturate in uint8 and are exact: nothing is widened for a large face.
        change = cv2.absdiff(first, second)
        squared.append(float(cv2.norm(change, cv2.NORM_L2SQR)) / change.size)
        absolute.append(float(cv2.norm(change, cv2.NORM_L1)) / change.size)
        looks = reduced(first), reduced(second)
        ssim.append(_ssim(*looks))
        flips.append(flip(*looks))
    mean_squared = float(np.mean(squared))
    return Quality(
        psnr=10 * log10(255**2 / mean_squared) if mean_squared > 0 else inf,
        ssim=float(np.mean(ssim)),
        flip=float(np.mean(flips)),
        largest=int(cv2.absdiff(before, after).max()),
        mean=float(np.mean(absolute)),
    )


def inside(box: Box, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a box that lie in the photo; one of each at least."""
    left, top, right, bottom = box
    first_column = min(max(floor(left + 0.5), 0), width - 1)
    first_row = min(max(floor(top + 0.5), 0), height - 1)
    last_column = min(max(ceil(right + 0.5), first_column + 1), width)
    last_row = min(max(ceil(bottom + 0.5), first_row + 1), height)
    return slice(first_row, last_row), slice(first_column, last_column)


def reduced(picture: Pixels) -> NDArray[np.generic]:
    """A picture with a longer side of 512 pixels at most; not rounded, which would lose small changes."""
    scale = _LONGEST_SIDE / max(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    reduced = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.float32)


def _ssim(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """SSIM; a picture smaller than its window is extended by repeating its edges."""
    height, width = (max(0, _WINDOW - side) for side in first.shape[:2])
    if height or width:
        first, second = (
            np.pad(picture, ((0, height), (0, width), (0, 0)), mode="edge") for picture in (first, second)
        )
    return float(structural_similarity(first, second, channel_axis=2, data_range=255, win_size=_WINDOW))
