"""Quality figures against their definitions, scikit-image and the FLIP reference."""

from __future__ import annotations

from math import inf, log10

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from faceguard.measures.quality import face_quality

Pixels = NDArray[np.uint8]


def photo(height: int = 250, width: int = 250) -> Pixels:
    picture = skimage.data.astronaut()[: min(height, 512), : min(width, 512)]
    return np.ascontiguousarray(cv2.resize(picture, (width, height)), np.uint8)


def noisy(picture: Pixels, amplitude: int = 8) -> Pixels:
    noise = np.random.default_rng(0).integers(-amplitude, amplitude + 1, picture.shape)
    return np.clip(picture.astype(int) + noise, 0, 255).astype(np.uint8)


def test_one_box_agrees_with_scikit_image() -> None:
    before, after = photo(), noisy(photo())
    quality = face_quality(before, after, [(20.0, 30.0, 149.0, 199.0)])
    first, second = before[30:200, 20:150], after[30:200, 20:150]
    assert quality.psnr == pytest.approx(peak_signal_noise_ratio(first, second))
    assert quality.ssim == pytest.approx(structural_similarity(first, second, channel_axis=2))
    assert quality.mean == pytest.approx(np.abs(first.astype(int) - second).mean())
    assert quality.largest == 8
    assert 0 < quality.flip < 0.2


def test_the_same_picture() -> None:
    quality = face_quality(photo(), photo(), [(0, 0, 100, 100)])
    assert (quality.psnr, quality.ssim, quality.flip) == (inf, 1, 0)
    assert (quality.largest, quality.mean) == (0, 0)


def test_several_faces_are_meaned_and_an_unchanged_one_does_not_make_the_psnr_infinite() -> None:
    before = photo()
    after = before.copy()
    after[:100, :100] ^= 4  # a change of exactly 4 everywhere
    changed, unchanged = (0.0, 0.0, 99.0, 99.0), (120.0, 120.0, 219.0, 219.0)
    one = face_quality(before, after, [changed])
    both = face_quality(before, after, [changed, unchanged])
    assert one.mean == 4
    assert both.mean == 2
    assert both.psnr == pytest.approx(10 * log10(255**2 / 8))
    assert both.ssim == pytest.approx((one.ssim + 1) / 2)
    assert both.flip == pytest.approx(one.flip / 2)


def test_changes_away_from_the_faces_count_for_the_largest_alone() -> None:
    before = photo()
    after = before.copy()
    after[240, 240] ^= 128
    quality = face_quality(before, after, [(0, 0, 100, 100)])
    assert quality.largest == 128
    assert quality.psnr == inf


def test_boxes_are_cut_at_the_edge_of_the_photo() -> None:
    before, after = photo(), noisy(photo())
    assert face_quality(before, after, [(-50.5, -80, 400, 300)]) == face_quality(
        before, after, [(0, 0, 249, 249)]
    )


@pytest.mark.parametrize(
    "box", [(5, 5, 5, 5), (5, 5, 7, 9), (10, 10, 12, 200), (-9, -9, -5, -5), (300, 300, 400, 400)]
)
def test_tiny_boxes_and_boxes_outside_are_measured_all_the_same(
    box: tuple[float, float, float, float],
) -> None:
    quality = face_quality(photo(), noisy(photo()), [box])
    assert 0 < quality.psnr < 60
    assert 0 < quality.flip < 1
    assert -1 <= quality.ssim < 1


def test_a_photo_of_one_pixel() -> None:
    black = np.zeros((1, 1, 3), np.uint8)
    quality = face_quality(black, black + 255, [(0, 0, 1, 1)])
    assert quality.psnr == 0
    assert quality.largest == 255
    assert quality.flip > 0.9


def test_a_large_face_is_measured_reduced() -> None:
    before = photo(700, 1100)
    after = noisy(before)
    quality = face_quality(before, after, [(0, 0, 1099, 699)])
    first, second = (
        cv2.resize(picture.astype(np.float32), (512, 326), interpolation=cv2.INTER_AREA)
        for picture in (before, after)
    )
    assert quality.ssim == pytest.approx(structural_similarity(first, second, channel_axis=2, data_range=255))
    assert quality.psnr == pytest.approx(peak_signal_noise_ratio(before, after))


def test_refusals() -> None:
    before = photo()
    with pytest.raises(ValueError, match="no face"):
        face_quality(before, before, [])
    with pytest.raises(ValueError, match="both"):
        face_quality(before, before[:-1], [(0, 0, 9, 9)])
    with pytest.raises(ValueError, match="uint8"):
        face_quality(before, before.astype(np.float32), [(0, 0, 9, 9)])  # type: ignore[arg-type]
