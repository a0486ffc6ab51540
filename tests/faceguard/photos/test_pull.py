"""Where a perturbation would go on to: at a photo's size, as stored, and in a JPEG's rounding."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from made_photos import Pixels, saved, scene
from PIL import Image

from faceguard.photos import Pull, PulledPart, as_written, encode_photo, read_photo
from faceguard.photos.jpeg_planes import LUMINANCE, planes_of
from faceguard.photos.jpeg_rounding import rows_with_changes_kept
from faceguard.photos.orientation import as_stored, box_as_stored

VALUES = np.random.default_rng(3).normal(size=(9, 12, 3)).astype(np.float32)


def unit(values: np.ndarray) -> np.ndarray:
    found: np.ndarray = values / np.sqrt((values.sum(2) ** 2).mean())
    return found


def test_a_part_as_large_as_its_box_is_given_back_in_one_strength() -> None:
    pull = Pull([PulledPart((3, 5, 15, 14), 7 * VALUES)], 8)
    whole = np.zeros((20, 30, 3))
    whole[5:14, 3:15] = unit(VALUES)
    assert np.allclose(pull.rows(0, 20, 30), whole, atol=1e-6)
    assert np.allclose(pull.rows(8, 16, 10), whole[8:16, :10], atol=1e-6)
    assert np.allclose(pull.rows(0, 20, 30, channels=1), whole.sum(2, keepdims=True), atol=1e-6)
    assert not pull.rows(14, 20, 30).any()


def test_a_smaller_part_is_stretched_as_by_an_ordinary_resize() -> None:
    left, top, right, bottom = 4, 8, 40, 35
    pull = Pull([PulledPart((left, top, right, bottom), VALUES)], 8)
    whole = np.zeros((48, 48, 3))
    whole[top:bottom, left:right] = cv2.resize(unit(VALUES), (right - left, bottom - top))
    for first in range(0, 48, 8):
        assert np.allclose(pull.rows(first, first + 8, 48), whole[first : first + 8], atol=0.05)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_and_values_turn_with_the_photo(orientation: int) -> None:
    height, width = 24, 30
    box = (5, 3, 17, 12)
    marked = np.zeros((height, width), np.uint8)
    marked[3:12, 5:17] = 1
    left, top, right, bottom = box_as_stored(box, (height, width), orientation)
    stored = as_stored(marked, orientation)
    assert stored.sum() == stored[top:bottom, left:right].sum() == (right - left) * (bottom - top)

    pull = Pull([PulledPart(box, VALUES)], 8)
    turned = pull.as_stored((height, width), orientation)
    upright = as_stored(pull.rows(0, height, width), orientation)
    assert np.allclose(turned.rows(0, *stored.shape), upright, atol=1e-5)


def test_places_without_a_pull_do_not_make_the_others_stronger() -> None:
    wide = np.zeros((9, 36, 3), np.float32)
    wide[:, :12] = VALUES
    alone, among = (
        Pull([PulledPart((0, 0, values.shape[1], 9), values)], 8).rows(0, 9, 12) for values in (VALUES, wide)
    )
    assert np.allclose(among, alone, atol=1e-5)


def test_a_part_keeps_its_pull_where_another_has_none() -> None:
    """A face may lie in the rectangle that others share, and between them."""
    around = np.zeros((9, 36, 3), np.float32)
    around[:, 24:] = VALUES
    one, other = PulledPart((0, 0, 12, 9), VALUES), PulledPart((0, 0, 36, 9), around)
    for parts in ((one, other), (other, one)):
        rows = Pull(parts, 8).rows(0, 9, 36)
        assert np.allclose(rows[:, :12], unit(VALUES), atol=1e-5)
        assert np.allclose(rows[:, 24:], unit(VALUES), atol=1e-5)


def test_nothing_that_pulls_is_nothing() -> None:
    assert not Pull([PulledPart((0, 0, 12, 9), np.zeros_like(VALUES))], 8).rows(0, 9, 12).any()


def photo_and_change(path: Path, subsampling: int = 2, mode: str = "RGB") -> tuple[Path, Pixels]:
    """A JPEG's path, and its pixels with faint noise."""
    saved(Image.fromarray(scene()).convert(mode), path, quality=60, subsampling=subsampling)
    pixels = read_photo(path).pixels
    noise = np.random.default_rng(1).integers(-3, 4, (*pixels.shape[:2], 1 if mode == "L" else 3))
    return path, np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8)


def pull_of(values: np.ndarray, epsilon: float = 8) -> Pull:
    height, width = values.shape[:2]
    return Pull([PulledPart((0, 0, width, height), values.astype(np.float32))], epsilon)


def gained(before: Pixels, after: Pixels, values: np.ndarray) -> float:
    return float(((after.astype(float) - before) * values).sum())


KINDS = [(0, "RGB"), (1, "RGB"), (2, "RGB"), (0, "L")]


@pytest.mark.parametrize(("subsampling", "mode"), KINDS)
def test_a_jpeg_keeps_what_goes_with_the_pull_and_loses_what_goes_against_it(
    subsampling: int, mode: str, tmp_path: Path
) -> None:
    path, pixels = photo_and_change(tmp_path / "a.jpg", subsampling, mode)
    photo = read_photo(path)
    wanted = pixels.astype(float) - photo.pixels
    along, against = (as_written(photo, pixels, pull_of(sign * wanted)) for sign in (1, -1))
    plain = as_written(photo, pixels)
    kept, left, lost = (gained(photo.pixels, written, wanted) for written in (along, plain, against))
    assert kept > 2 * left
    assert lost <= 0 < left


@pytest.mark.parametrize(("subsampling", "mode"), KINDS)
def test_a_pull_that_is_not_the_change_gains_more(subsampling: int, mode: str, tmp_path: Path) -> None:
    path, pixels = photo_and_change(tmp_path / "a.jpg", subsampling, mode)
    photo = read_photo(path)
    channels = np.random.default_rng(2).normal(size=pixels.shape)
    values = np.repeat(channels[:, :, :1], 3, axis=2) if mode == "L" else channels
    plain, pulled = as_written(photo, pixels), as_written(photo, pixels, pull_of(values))
    assert gained(photo.pixels, pulled, values) > 2 * abs(gained(photo.pixels, plain, values))


def test_colour_is_rounded_by_what_it_gains(tmp_path: Path) -> None:
    path, pixels = photo_and_change(tmp_path / "a.jpg")
    photo = read_photo(path)
    bluer = np.zeros(pixels.shape)
    bluer[:, :, 2] = photo.pixels[:, :, 0] / 127.5 - 1
    bluer[:, :, 1] = -bluer[:, :, 2]
    assert not bluer.sum(2).any()  # luminance gains nothing
    plain, pulled = as_written(photo, pixels), as_written(photo, pixels, pull_of(bluer + 1e-3))
    assert gained(photo.pixels, pulled, bluer) > 2 * abs(gained(photo.pixels, plain, bluer))


def test_no_block_moves_far(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    photo = read_photo(saved(scene(64, 64), tmp_path / "a.jpg", quality=30))
    pixels = np.clip(photo.pixels.astype(int) + rng.integers(-8, 9, photo.pixels.shape), 0, 255)
    written = as_written(photo, pixels.astype(np.uint8), pull_of(pixels - photo.pixels.astype(float)))
    assert 8 < np.abs(written.astype(int) - photo.pixels).max() <= 3 * 24


def test_less_of_a_budget_keeps_less(tmp_path: Path) -> None:
    path, pixels = photo_and_change(tmp_path / "a.jpg")
    photo = read_photo(path)
    wanted = pixels.astype(float) - photo.pixels
    low, high = (
        np.abs(as_written(photo, pixels, pull_of(wanted, epsilon)).astype(int) - photo.pixels)
        for epsilon in (2, 8)
    )
    assert low.mean() < 0.8 * high.mean()


def test_what_did_not_change_stays(tmp_path: Path) -> None:
    path, pixels = photo_and_change(tmp_path / "a.jpg")
    photo = read_photo(path)
    part = photo.pixels.copy()
    part[32:48, 48:64] = pixels[32:48, 48:64]
    pull = pull_of(pixels.astype(float) - photo.pixels)
    away = np.ones(pixels.shape[:2], bool)
    away[31:49, 47:65] = False  # decoders smooth colour beyond its block by a pixel
    moved = np.abs(as_written(photo, part, pull).astype(int) - photo.pixels).max(2)
    assert moved[~away].max() > 0
    assert moved[away].max() <= np.abs(as_written(photo, photo.pixels).astype(int) - photo.pixels)[away].max()


def test_brightness_stays_in_blocks_that_only_share_their_colour_with_changed_ones() -> None:
    pixels = scene(16, 16)
    noise = np.random.default_rng(1).integers(-3, 4, (8, 8, 1))
    changed = pixels.copy()
    changed[:8, :8] = np.clip(changed[:8, :8].astype(int) + noise, 0, 255)
    planes = planes_of([[16] * 64], (2, 2), grey=False)
    pull = pull_of(np.random.default_rng(2).normal(size=pixels.shape))
    ((_, row),) = rows_with_changes_kept(changed, pixels, planes, pull)
    brighter = np.abs((row.astype(float) - changed) @ LUMINANCE)
    assert brighter[:8, :8].max() > 3
    assert brighter[8:].max() < 1  # rounding of three channels
    assert brighter[:, 8:].max() < 1


def test_turned_photos_are_rounded_alike(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path, pixels = photo_and_change(tmp_path / "a.jpg")
    turned = saved(scene(), tmp_path / "turned.jpg", quality=60, exif=exif)
    values = np.random.default_rng(2).normal(size=pixels.shape)
    expected = as_written(read_photo(path), pixels, pull_of(values))
    upright = as_written(read_photo(turned), np.rot90(pixels, -1), pull_of(np.rot90(values, -1)))
    assert np.array_equal(upright, np.rot90(expected, -1))


def test_other_formats_keep_the_pixels(tmp_path: Path) -> None:
    Image.fromarray(scene()).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    pixels = photo.pixels ^ 2
    pull = pull_of(np.ones(pixels.shape))
    assert encode_photo(photo, pixels, pull=pull) == encode_photo(photo, pixels)
    assert as_written(photo, pixels, pull) is pixels
