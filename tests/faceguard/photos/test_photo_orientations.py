"""Photos are seen upright and written back in the orientation they were stored in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_photos import exif_block, marked, saved, scene
from PIL import Image, ImageOps

from faceguard.photos import read_photo, write_photo
from faceguard.photos.orientation import as_stored, upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_back_undoes_turning_upright(orientation: int) -> None:
    stored = scene(7, 11)
    assert np.array_equal(as_stored(upright(stored, orientation), orientation), stored)
    grey = stored[:, :, 0]
    assert np.array_equal(as_stored(upright(grey, orientation), orientation), grey)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_calls_upright(orientation: int) -> None:
    stored = Image.fromarray(scene(7, 11))
    stored.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(stored))
    assert np.array_equal(upright(np.asarray(stored), orientation), expected)


def _saved(path: Path, orientation: int) -> Path:
    if path.suffix == ".tif":
        return saved(scene(), path, tiffinfo={274: orientation}, compression="tiff_lzw")
    options = {".jpg": {"quality": 95}, ".webp": {"lossless": True}}.get(path.suffix, {})
    return saved(scene(), path, exif=b"Exif\x00\x00" + exif_block(orientation), **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_orientation_survives_the_round_trip(tmp_path: Path, suffix: str, orientation: int) -> None:
    source = _saved(tmp_path / f"in{suffix}", orientation)
    photo = read_photo(source)
    with Image.open(source) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.array_equal(photo.pixels, expected)

    asked = marked(photo.pixels, grey=False)
    target = tmp_path / f"out{suffix}"
    write_photo(photo, asked, target)
    again = read_photo(target)
    with Image.open(source) as old, Image.open(target) as new:
        assert new.size == old.size
        assert new.getexif().get(0x0112) == orientation
    difference = np.abs(again.pixels.astype(int) - asked)
    assert difference.mean() < (0.5 if suffix == ".jpg" else 1e-9)
