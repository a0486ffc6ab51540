"""The planes that a JPEG holds a photo in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from made_photos import scene
from PIL import Image

from faceguard.photos.jpeg_planes import coefficients, planes_of, values_of

TABLES = [[3] * 64, [5] * 64, [7] * 64]
SHARED = [(1, 1), (1, 2), (2, 2)]
RNG = np.random.default_rng(6)


def tiles(number: int = 3, channels: int = 3) -> np.ndarray:
    found: np.ndarray = RNG.normal(size=(number, 16, 16, channels)).astype(np.float32)
    return found


@pytest.mark.parametrize("shared", SHARED)
def test_what_a_plane_adds_to_pixels_is_in_it_and_in_no_other(shared: tuple[int, int]) -> None:
    planes = planes_of(TABLES, shared, grey=False)
    for plane in planes:
        blocks = RNG.normal(size=plane.blocks(tiles()).shape).astype(np.float32)
        added = plane.pixels(blocks)
        assert added.shape == (3, 16, 16, 3)
        for other in planes:
            expected = blocks if other is plane else np.zeros_like(other.blocks(added))
            assert np.allclose(other.blocks(added), expected, atol=1e-4)
        assert np.mean(added**2) * 3 * 256 * 3 == pytest.approx(
            3 * plane.seen() * np.sum(blocks**2), rel=1e-4
        )


@pytest.mark.parametrize("shared", SHARED)
def test_a_plane_gains_what_the_pixels_it_changes_gain(shared: tuple[int, int]) -> None:
    for plane in planes_of(TABLES, shared, grey=False):
        gained = tiles()
        blocks = RNG.normal(size=plane.blocks(gained).shape).astype(np.float32)
        assert np.sum(plane.gains(gained) * blocks) == pytest.approx(
            np.sum(gained * plane.pixels(blocks)), rel=1e-3, abs=1e-3
        )


def test_a_grey_photo_has_one_plane() -> None:
    (plane,) = planes_of([[3] * 64], (1, 1), grey=True)
    values = tiles(channels=1)
    assert np.allclose(plane.pixels(plane.blocks(values)), values)
    assert plane.seen() == 1


def test_later_planes_share_the_last_table() -> None:
    assert [plane.steps[0, 0] for plane in planes_of(TABLES[:2], (2, 2), grey=False)] == [3, 5, 5]
    assert [plane.steps[0, 0] for plane in planes_of(TABLES, (2, 2), grey=False)] == [3, 5, 7]


def test_blocks_go_to_coefficients_and_back() -> None:
    blocks = RNG.normal(size=(2, 2, 2, 8, 8)).astype(np.float32)
    assert np.allclose(values_of(coefficients(blocks)), blocks, atol=1e-5)
    assert np.allclose(np.sum(coefficients(blocks) ** 2), np.sum(blocks**2), rtol=1e-4)


def test_a_jpegs_coefficients_are_multiples_of_its_steps() -> None:
    saved = io.BytesIO()
    Image.fromarray(scene()).save(saved, "JPEG", quality=60, subsampling=0)
    with Image.open(saved) as image:
        tables = [list(image.quantization[0]), list(image.quantization[1])]  # type: ignore[attr-defined]
        pixels = np.asarray(image.convert("RGB"), np.float32)
    whole = pixels[None, :64, :80] - 128
    for plane in planes_of(tables, (1, 1), grey=False):
        found = coefficients(plane.blocks(whole)) / plane.steps
        assert np.abs(found - np.rint(found)).mean() < 0.1
