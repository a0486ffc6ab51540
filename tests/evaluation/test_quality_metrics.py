"""Quality over many photos: means and intervals, MS-SSIM against its definition, LPIPS without downloads."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from math import inf
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray

from evaluation.intervals import Bootstrap
from evaluation.metrics import lpips
from evaluation.metrics.lpips import Lpips, LpipsMissingError
from evaluation.metrics.ms_ssim import SMALLEST_SIDE, ms_ssim
from evaluation.metrics.quality import PhotoQuality, photo_quality, quality_metrics
from faceguard.measures.quality import face_quality

Pixels = NDArray[np.uint8]


def photos(size: int = 256) -> tuple[Pixels, Pixels]:
    before = np.ascontiguousarray(skimage.data.astronaut()[:size, :size])
    noise = np.random.default_rng(0).integers(-8, 9, before.shape)
    return before, np.clip(before.astype(int) + noise, 0, 255).astype(np.uint8)


def reference_ms_ssim(first: Pixels, second: Pixels) -> float:
    """Wang et al. 2003, equation 7, colour by colour, over the windows that lie in the picture."""
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    found = []
    for channel in range(3):
        x, y = (side[..., channel].astype(np.float64) for side in (first, second))
        product = 1.0
        for scale, weight in enumerate(weights):
            blur = lambda z: cv2.GaussianBlur(z, (11, 11), 1.5)[5:-5, 5:-5]  # noqa: E731
            mx, my = blur(x), blur(y)
            vx, vy, cov = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
            contrast = (2 * cov + 58.5225) / (vx + vy + 58.5225)
            whole = contrast * (2 * mx * my + 6.5025) / (mx**2 + my**2 + 6.5025)
            product *= float((whole if scale == 4 else contrast).mean()) ** weight
            x, y = (z[: z.shape[0] // 2 * 2, : z.shape[1] // 2 * 2] for z in (x, y))
            x, y = (z.reshape(z.shape[0] // 2, 2, -1, 2).mean((1, 3)) for z in (x, y))
        found.append(product)
    return float(np.mean(found))


def test_ms_ssim_is_its_definition() -> None:
    before, after = photos()
    assert ms_ssim(before, after) == pytest.approx(reference_ms_ssim(before, after), abs=1e-5)
    assert ms_ssim(before, before) == pytest.approx(1)
    assert ms_ssim(before, 255 - before) < 0.2


def test_ms_ssim_needs_five_scales() -> None:
    before, after = photos()
    enough, short = slice(SMALLEST_SIDE), slice(SMALLEST_SIDE - 1)
    assert ms_ssim(before[enough, enough], after[enough, enough]) is not None
    assert ms_ssim(before[short, enough], after[short, enough]) is None


def test_without_torchmetrics_the_rest_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    before, after = photos()
    measured = photo_quality(before, after, [(0.0, 0.0, 199.0, 199.0)])
    assert measured.ms_ssim is None
    found = quality_metrics([measured] * 6, np.arange(6), Bootstrap(50))
    assert found["ms_ssim"].reason == "torchmetrics is missing: pip install 'faceguard[bench]'"
    assert found["ssim"].value is not None
    with pytest.raises(LpipsMissingError, match="torchmetrics is missing"):
        Lpips()


def test_a_photo_is_measured_on_its_faces() -> None:
    before, after = photos()
    boxes = [(0.0, 0.0, 199.0, 199.0), (20.0, 20.0, 60.0, 60.0)]
    found, basic = photo_quality(before, after, boxes, (1000, 1250)), face_quality(before, after, boxes)
    assert (found.psnr, found.ssim, found.flip) == (basic.psnr, basic.ssim, basic.flip)
    assert (found.largest_change, found.mean_change) == (basic.largest, basic.mean)
    assert found.ms_ssim == pytest.approx(ms_ssim(before[:200, :200], after[:200, :200]))
    assert found.file_size_ratio == 1.25
    assert found.lpips is None
    assert photo_quality(before, after, boxes[1:]).ms_ssim is None


def made(number: int) -> PhotoQuality:
    return PhotoQuality(30 + number % 3, 0.9, 0.95 if number % 2 else None, 0.05, None, number, 2.0, None)


def test_means_say_what_they_leave_out() -> None:
    qualities = [made(number) for number in range(24)]
    qualities[3] = dataclasses.replace(qualities[3], psnr=inf)
    found = quality_metrics(qualities, np.arange(24) // 3, Bootstrap(100))
    assert found["ssim"].value == pytest.approx(0.9)
    assert (found["ssim"].n, found["ssim"].persons) == (24, 8)
    assert found["psnr"].n == 23
    assert found["psnr"].reason == "1 of 24 photos did not change"
    assert found["psnr"].low < found["psnr"].value < found["psnr"].high
    assert found["ms_ssim"].n == 12
    assert "12 of 24 photos have no face of 176 pixels or more" in found["ms_ssim"].reason
    assert found["lpips"].value is None
    assert found["lpips"].reason == "24 of 24 photos were not looked at with LPIPS"
    told = quality_metrics(qualities, np.arange(24), Bootstrap(50), "put the weights there")["lpips"]
    assert told.reason == "24 of 24 photos were not looked at with LPIPS; put the weights there"
    assert (found["largest_change"].value, found["largest_change"].low) == (23, None)
    with pytest.raises(ValueError, match="0 photos"):
        quality_metrics([], np.array([]))


def test_lpips_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(LpipsMissingError, match=r"put https://.*alexnet-owt-7be5be79\.pth at"):
        Lpips()
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / lpips.FILE).write_bytes(b"something else")
    with pytest.raises(LpipsMissingError, match="is not AlexNet's weights: its SHA-256 is"):
        Lpips()


def test_lpips_measures_with_weights_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.models import alexnet

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    file = tmp_path / "checkpoints" / lpips.FILE
    file.parent.mkdir()
    torch.manual_seed(0)
    try:
        torch.save(alexnet(weights=None).state_dict(), file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        monkeypatch.setattr(lpips, "SHA256", digest)
        measure = Lpips()
    finally:
        file.unlink()  # a quarter of a gigabyte
    before, after = photos(128)
    assert measure(before, before) == 0
    assert 0 < measure(before, after) < measure(before, 255 - before)
    assert measure(before[:20, :30], after[:20, :30]) > 0
    assert photo_quality(before, after, [(0, 0, 99, 99)], lpips=measure).lpips == pytest.approx(
        measure(before[:100, :100], after[:100, :100])
    )
