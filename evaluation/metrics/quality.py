"""How far protected photos are from their originals, as figures over many photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap, person_mean
from evaluation.metrics.lpips import Lpips
from evaluation.metrics.ms_ssim import SMALLEST_SIDE, installed, ms_ssim
from evaluation.results import Metric
from faceguard.measures.quality import Box, Pixels, face_quality, inside, reduced


@dataclass(frozen=True)
class PhotoQuality:
    """One photo against its original: means over its faces, each on its box, where nothing else is said.

    MS-SSIM and LPIPS, like SSIM and FLIP, look at a face whose box is longer than 512 pixels reduced to that.

    Attributes:
        psnr: In dB; infinite where nothing changed.
        ssim: Structural similarity over RGB, -1..1.
        ms_ssim: Multi-scale SSIM over RGB, 0..1, of the faces that are large enough; None where none is.
        flip: FLIP, 0..1.
        lpips: LPIPS; None where it was not asked for.
        largest_change: In steps of 255, over the whole photo.
        mean_change: Mean absolute change in steps of 255.
        file_size_ratio: Size of the protected file over the original's; None where it was not told.
    """

    psnr: float
    ssim: float
    ms_ssim: float | None
    flip: float
    lpips: float | None
    largest_change: int
    mean_change: float
    file_size_ratio: float | None


def photo_quality(
    before: Pixels,
    after: Pixels,
    boxes: Sequence[Box],
    file_sizes: tuple[int, int] | None = None,
    lpips: Lpips | None = None,
) -> PhotoQuality:
    """Measures one photo.

    Args:
        before: The original, uint8 (H, W, 3), RGB, upright.
        after: The protected photo as it was written and read again, the same shape.
        boxes: Its faces, (left, top, right, bottom) in pixels.
        file_sizes: Bytes of the original and of the protected file.
        lpips: The LPIPS network; None without it.

    Raises:
        ValueError: The photos' shapes or types are wrong, or there is no box.
    """
    basic = face_quality(before, after, boxes)
    faces = []
    for box in boxes:
        rows, columns = inside(box, before.shape[0], before.shape[1])
        faces.append((reduced(before[rows, columns]), reduced(after[rows, columns])))
    scales = [found for face in faces if (found := ms_ssim(*face)) is not None]
    return PhotoQuality(
        psnr=basic.psnr,
        ssim=basic.ssim,
        ms_ssim=float(np.mean(scales)) if scales else None,
        flip=basic.flip,
        lpips=None if lpips is None else float(np.mean([lpips(*face) for face in faces])),
        largest_change=basic.largest,
        mean_change=basic.mean,
        file_size_ratio=None if file_sizes is None else file_sizes[1] / file_sizes[0],
    )


def quality_metrics(
    photos: Sequence[PhotoQuality],
    persons: NDArray[np.generic],
    bootstrap: Bootstrap | None = None,
    lpips_missing: str = "",
) -> dict[str, Metric]:
    """Means over photos with persons drawn again, and the largest change of all.

    Args:
        photos: (N,) photos.
        persons: (N,) whose they are.
        bootstrap: How persons are drawn.
        lpips_missing: Why LPIPS was not measured, as `lpips_if_there` says it.

    Returns:
        `psnr`, `ssim`, `ms_ssim`, `flip`, `lpips`, `mean_change`, `file_size_ratio` and `largest_change`;
        without a value, and with a `reason`, what was not measured.

    Raises:
        ValueError: There are no photos, or not as many persons.
    """
    if not photos or len(photos) != len(persons):
        raise ValueError(f"{len(photos)} photos of {len(persons)} persons have no quality")
    found = {
        name: _mean([getattr(photo, name) for photo in photos], persons, bootstrap, missing)
        for name, missing in _MISSING.items()
    }
    if found["lpips"].value is None and lpips_missing:
        found["lpips"] = found["lpips"].with_reason(lpips_missing)
    if found["ms_ssim"].value is None and not installed():
        reason = "torchmetrics is missing: pip install 'faceguard[bench]'"
        found["ms_ssim"] = replace(found["ms_ssim"], reason=reason)
    largest = max(photo.largest_change for photo in photos)
    reason = "the largest of all photos: it has no interval"
    return {**found, "largest_change": Metric(largest, None, None, len(photos), reason=reason)}


# figure -> what is the matter with a photo that does not have it
_MISSING = {
    "psnr": "did not change",
    "ssim": "",
    "ms_ssim": f"have no face of {SMALLEST_SIDE} pixels or more on either side",
    "flip": "",
    "lpips": "were not looked at with LPIPS",
    "mean_change": "",
    "file_size_ratio": "came without a file size",
}


def _mean(
    values: Sequence[float | None], persons: NDArray[np.generic], bootstrap: Bootstrap | None, missing: str
) -> Metric:
    numbers = np.array([np.nan if value is None or not isfinite(value) else value for value in values])
    kept = np.isfinite(numbers)
    reason = f"{np.count_nonzero(~kept)} of {len(values)} photos {missing}"
    if not kept.any():
        return Metric(None, None, None, 0, reason=reason)
    metric = person_mean(numbers[kept], np.asarray(persons)[kept], bootstrap)
    return metric if kept.all() else metric.with_reason(reason)
