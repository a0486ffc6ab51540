"""How far protected photos are from their originals, as figures over many photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.results import Metric

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PhotoQuality:
    """One photo against its original, on its faces' boxes where nothing else is said.

    Attributes:
        psnr: In dB; infinite where nothing changed.
        ssim: Structural similarity over RGB, -1..1.
        ms_ssim: Multi-scale SSIM (Wang et al. 2003), 0..1; None where every face is too small for it.
        flip: FLIP, 0..1.
        lpips: LPIPS (Zhang et al. 2018, AlexNet); None without its weights.
        largest_change: In steps of 255, over the whole photo.
        mean_change: Mean absolute change in steps of 255.
        file_size_ratio: Size of the protected file over the original's; None where there are no files.
    """

    psnr: float
    ssim: float
    ms_ssim: float | None
    flip: float
    lpips: float | None
    largest_change: int
    mean_change: float
    file_size_ratio: float | None = None


def photo_quality(
    before: Pixels,
    after: Pixels,
    boxes: Sequence[Box],
    sizes: tuple[int, int] | None = None,
) -> PhotoQuality:
    """Measures one photo.

    Args:
        before: The original, uint8 (H, W, 3), RGB, upright.
        after: The protected photo as it was written and read again, the same shape.
        boxes: Its faces, (left, top, right, bottom) in pixels.
        sizes: Bytes of the original and of the protected file.

    Raises:
        ValueError: The photos' shapes or types are wrong, or there is no box.
    """
    raise NotImplementedError


def quality_metrics(
    photos: Sequence[PhotoQuality], persons: NDArray[np.int64], bootstrap: Bootstrap | None = None
) -> dict[str, Metric]:
    """Means over photos, with persons drawn again; `largest_change` is the largest of all.

    Args:
        photos: (N,) photos.
        persons: (N,) whose they are.
        bootstrap: How persons are drawn.

    Returns:
        `psnr`, `ssim`, `ms_ssim`, `flip`, `lpips`, `largest_change`, `mean_change`, `file_size_ratio`; no
        value, and a `reason`, where it could not be measured.
    """
    raise NotImplementedError
