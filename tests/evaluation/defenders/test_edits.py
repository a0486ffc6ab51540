"""Edits do what their names say, and names that say nothing are refused."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from evaluation.defenders import edits
from faceguard.errors import SettingsError

PHOTO = np.random.default_rng(0).integers(0, 256, (41, 30, 3), np.uint8)


def test_jpeg_is_pillows() -> None:
    buffer = io.BytesIO()
    Image.fromarray(PHOTO).save(buffer, "JPEG", quality=60)
    np.testing.assert_array_equal(edits.parse("jpeg60")(PHOTO), np.asarray(Image.open(buffer)))


@pytest.mark.parametrize(
    ("name", "size"), [("half", (20, 15)), ("resize0.5", (20, 15)), ("resize0.1", (4, 3))]
)
def test_sizes(name: str, size: tuple[int, int]) -> None:
    assert edits.parse(name)(PHOTO).shape == (*size, 3)


def test_half_averages_four_pixels() -> None:
    even = PHOTO[:40]
    wanted = even.reshape(20, 2, 15, 2, 3).mean((1, 3))
    assert np.abs(edits.parse("half")(even) - wanted).max() <= 0.5


def test_blur_is_a_gaussian() -> None:
    dot = np.zeros((41, 41, 3), np.uint8)
    dot[20, 20] = 255
    found = edits.parse("blur1.5")(dot)[:, :, 0].astype(float)
    y, x = np.mgrid[-20:21, -20:21]
    wanted = 255 * np.exp(-(x**2 + y**2) / (2 * 1.5**2)) / (2 * np.pi * 1.5**2)
    assert np.abs(found - wanted).max() < 1


def test_median_is_pillows_inside() -> None:
    wanted = np.asarray(Image.fromarray(PHOTO).filter(ImageFilter.MedianFilter(3)))
    np.testing.assert_array_equal(edits.parse("median3")(PHOTO)[1:-1, 1:-1], wanted[1:-1, 1:-1])


def test_grey_has_one_luminance() -> None:
    found = edits.parse("grey")(PHOTO).astype(float)
    assert (found == found[:, :, :1]).all()
    assert np.abs(found[:, :, 0] - PHOTO @ [0.299, 0.587, 0.114]).max() <= 1


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_bit_depth_keeps_black_and_white_and_few_values(bits: int) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    found = edits.parse(f"bits{bits}")(ramp)
    assert (found.min(), found.max(), len(np.unique(found))) == (0, 255, 2**bits)
    assert np.abs(found.astype(int) - ramp).max() <= 255 / (2**bits - 1) / 2 + 0.5


def test_edits_chain_in_order() -> None:
    wanted = edits.jpeg(cv2.resize(PHOTO, (15, 20), interpolation=cv2.INTER_AREA), 75)
    np.testing.assert_array_equal(edits.parse("half+jpeg75")(PHOTO), wanted)
    assert not np.array_equal(edits.parse("jpeg75+half")(PHOTO), wanted)


def test_the_photo_itself_is_left_alone() -> None:
    before = PHOTO.copy()
    for name in ("jpeg50", "half", "blur2", "median5", "grey", "bits3"):
        edits.parse(name)(PHOTO)
    np.testing.assert_array_equal(PHOTO, before)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("sharpen", "no edit 'sharpen'"),
        ("jpeg", "a quality from 1 to 95"),
        ("jpeg0", "a quality from 1 to 95"),
        ("jpeg75.5", "a quality from 1 to 95"),
        ("jpeg1.2.3", "a quality from 1 to 95"),
        ("resize1", "a share above 0 and below 1"),
        ("resize0", "a share above 0 and below 1"),
        ("blur0", "above 0 and up to 20"),
        ("median4", "an odd side"),
        ("median1", "an odd side"),
        ("bits8", "from 1 to 7"),
        ("half+", "no edit ''"),
        ("half+jpg75", "no edit 'jpg75'"),
    ],
)
def test_names_that_say_nothing_are_refused(name: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        edits.parse(name)
