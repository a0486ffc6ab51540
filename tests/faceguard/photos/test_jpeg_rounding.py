"""What was changed in a JPEG's busy blocks outlives its rounding."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_photos import Pixels, saved, scene
from PIL import Image

from faceguard.photos import Pull, PulledPart, as_written, read_photo
from faceguard.photos.jpeg_planes import Plane, planes_of
from faceguard.photos.jpeg_planes import coefficients as transformed
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


def pulled(values: np.ndarray, epsilon: float) -> Pull:
    height, width = values.shape[:2]
    return Pull([PulledPart((0, 0, width, height), values.astype(np.float32))], epsilon)


def wave() -> np.ndarray:
    """The values (8, 8) of a single coefficient, third row and column, of mean square 1."""
    spectrum = np.zeros((8, 8), np.float32)
    spectrum[2, 2] = 8
    return np.asarray(cv2.idct(spectrum))


@pytest.mark.parametrize(
    ("deviation", "epsilon", "change", "left"),
    [
        # What a step gains for what is seen of it: 8 epsilon / 16 (2 deviation^2 + 58.5).
        (6, 8, 0.3, 1),  # 522: from 440 on, it is rounded up
        (6, 8, -0.3, 0),  # against the pull
        (4, 8, 0.3, 0),  # 362: to the nearest
        (4, 8, 0.7, 1),
        (4, 4, 0.7, 0),  # 181: below 220, it is rounded down
        (6, 4, 0.7, 1),  # 261
        (0, 16, 0.3, 1),  # 468
        (0, 4, 0.7, 0),  # 117
    ],
)
def test_a_pull_decides_by_what_is_gained_for_what_is_seen(
    deviation: float, epsilon: float, change: float, left: int
) -> None:
    busy = deviation * 8 / STEP
    original, changed = block_of(c01=busy), block_of(c01=busy, c22=change)
    pull = pulled(np.repeat(wave()[:, :, None], 3, axis=2), epsilon)
    planes = planes_of([TABLE], (1, 1), grey=False)
    ((_, found),) = rows_with_changes_kept(changed, original, planes[:1], pull)
    assert np.rint(coefficients(found))[2, 2] == left


@pytest.mark.parametrize(("deviation", "change", "left"), [(5, 0.4, 1), (0, 0.4, 0), (0, 0.7, 1)])
def test_colour_that_pixels_share_is_seen_in_all_of_them(deviation: float, change: float, left: int) -> None:
    """A step gains 4 * 1.772 * 8 epsilon, and is seen in 4 pixels: (4 * 1.772 * 64) / (16 * 4.344) = 6.53."""
    blue = planes_of([TABLE], (2, 2), grey=False)[1]
    across = np.tile(np.repeat([deviation, -deviation], 4), 2)[None, :, None]
    original = np.rint(128 + np.zeros((16, 16, 3)) + across).astype(np.uint8)
    spread = blue.pixels((change * STEP / 8 * wave())[None, None, None].astype(np.float32))[0]
    changed = np.rint(original + spread).astype(np.uint8)
    values = np.zeros((16, 16, 3))
    values[:, :, 2] = wave().repeat(2, 0).repeat(2, 1)
    ((_, found),) = rows_with_changes_kept(changed, original, [blue], pulled(values, 8))
    assert np.rint(coefficient_of(blue, found)) == left


def coefficient_of(plane: Plane, tile: Pixels) -> float:
    """A plane's coefficient in the third row and column, in steps."""
    return float(transformed(plane.blocks(tile[None].astype(np.float32) - 128))[0, 0, 0, 2, 2] / STEP)


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
