"""What was changed in a JPEG's busy blocks outlives its rounding."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_photos import Pixels, saved, scene
from PIL import Image

from faceguard.photos import as_written, read_photo
from faceguard.photos.jpeg_planes import planes_of
from faceguard.photos.jpeg_rounding import rows_with_changes_kept

STEP = 16
TABLE = [STEP] * 64


def coefficients(block: Pixels) -> np.ndarray:
    """OpenCV's cosine transform of a grey block's values, in steps."""
    found: np.ndarray = cv2.dct(block[:, :, 0].astype(np.float32) - 128) / STEP
    return found


def block_of(**steps: float) -> Pixels:
    """A grey block (8, 8, 3) of a few coefficients in steps, each named by row and column, such as c12."""
    spectrum = np.zeros((8, 8), np.float32)
    for name, value in steps.items():
        spectrum[int(name[1]), int(name[2])] = value * STEP
    values = np.rint(cv2.idct(spectrum) + 128).astype(np.uint8)
    return np.repeat(values[:, :, None], 3, axis=2)


def with_changes_kept(pixels: Pixels, before: Pixels, table: list[int]) -> Pixels:
    """The whole photo as an encoder is given it."""
    whole = pixels.copy()
    for top, row in rows_with_changes_kept(pixels, before, planes_of([table], (1, 1), grey=False)):
        whole[top : top + 8, : row.shape[1]] = row
    return whole


BUSY = {"c01": 6.0, "c10": 5.0}


def kept(changed: Pixels, original: Pixels) -> np.ndarray:
    """The coefficients that an encoder is given, rounded as it rounds them."""
    return np.rint(coefficients(with_changes_kept(changed, original, TABLE)))


@pytest.mark.parametrize(
    ("change", "left"), [(0.1, 6), (0.3, 7), (0.7, 7), (1.1, 7), (1.3, 8), (-0.1, 6), (-0.3, 5), (-1.3, 4)]
)
def test_a_fraction_of_a_step_becomes_a_step(change: float, left: int) -> None:
    original, changed = block_of(**BUSY), block_of(**{**BUSY, "c01": 6 + change})
    assert np.rint(coefficients(changed))[0, 1] == round(6 + change)
    found = kept(changed, original)
    assert found[0, 1] == left
    assert found[1, 0] == 5
    assert np.count_nonzero(found) == 2


def test_what_the_original_has_not_is_rounded_to_the_nearest() -> None:
    original = block_of(**BUSY)
    assert kept(block_of(**BUSY, c22=0.4), original)[2, 2] == 0
    assert kept(block_of(**BUSY, c22=0.6), original)[2, 2] == 1


def test_smooth_blocks_are_rounded_to_the_nearest() -> None:
    original = block_of(c01=3.0)  # a deviation of 3 * 16 / 8 = 6 grey levels
    assert kept(block_of(c01=3.4), original)[0, 1] == 3
    assert kept(block_of(c01=3.6), original)[0, 1] == 4


def test_blocks_without_a_change_and_cut_ones_stay() -> None:
    rng = np.random.default_rng(0)
    original = rng.integers(40, 216, (20, 27, 3), dtype=np.uint8)
    changed = original.copy()
    changed[3, 10] += 9
    changed[19, 26] += 9
    found = with_changes_kept(changed, original, TABLE)
    assert (found[:8, 8:16] != changed[:8, 8:16]).any()
    found[:8, 8:16] = changed[:8, 8:16]
    assert np.array_equal(found, changed)


def moved(pixels: Pixels, by: int = 3) -> Pixels:
    """The same photo with noise, alike in all channels."""
    noise = np.random.default_rng(1).integers(-by, by + 1, (*pixels.shape[:2], 1))
    return np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8)


def size_of_change(path: Path, pixels: Pixels) -> float:
    """How far a written file is from the one it was made of, in grey levels on average."""
    photo = read_photo(path)
    return float(np.abs(as_written(photo, pixels).astype(int) - photo.pixels).mean())


def plainly_written(path: Path, pixels: Pixels) -> float:
    """The same with Pillow alone."""
    with Image.open(path) as source:
        again = io.BytesIO()
        Image.fromarray(pixels).convert(source.mode).save(again, "JPEG", qtables=source.quantization)
        before = np.asarray(source.convert("RGB"))
    return float(np.abs(np.asarray(Image.open(again).convert("RGB")).astype(int) - before).mean())


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_written_photo_keeps_more_of_its_change(mode: str, tmp_path: Path) -> None:
    path = saved(Image.fromarray(scene()).convert(mode), tmp_path / "a.jpg", quality=75)
    pixels = moved(read_photo(path).pixels)
    assert size_of_change(path, pixels) > 1.3 * plainly_written(path, pixels)


@pytest.mark.parametrize("size", [(20, 5), (5, 20), (8, 7), (1, 1)])
def test_a_photo_smaller_than_a_block_is_written_too(size: tuple[int, int], tmp_path: Path) -> None:
    path = saved(scene(*size), tmp_path / "a.jpg", quality=75)
    pixels = read_photo(path).pixels ^ 4
    assert size_of_change(path, pixels) == plainly_written(path, pixels)


def test_a_turned_photo_keeps_as_much(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = saved(scene(), tmp_path / "upright.jpg", quality=75)
    turned = saved(scene(), tmp_path / "turned.jpg", quality=75, exif=exif)
    pixels = moved(read_photo(upright).pixels)
    expected = as_written(read_photo(upright), pixels)
    assert np.array_equal(as_written(read_photo(turned), np.rot90(pixels, -1)), np.rot90(expected, -1))


def test_fine_tables_leave_pixels_as_they_are() -> None:
    pixels = scene()
    changed = moved(pixels)
    found = with_changes_kept(changed, pixels, [1] * 64)
    assert np.abs(found.astype(int) - changed).max() <= 2


def test_a_file_that_stores_rgb_is_written_as_ever(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.jpg", quality=75, keep_rgb=True)
    photo = read_photo(path)
    pixels = moved(photo.pixels)
    with Image.open(path) as source:
        again = io.BytesIO()
        Image.fromarray(pixels).save(again, "JPEG", qtables=source.quantization, keep_rgb=True)
    assert np.array_equal(as_written(photo, pixels), np.asarray(Image.open(again)))
