"""Photos of library callers, which come from arrays and Pillow images."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from made_photos import ICC_PROFILE, scene
from PIL import Image, ImageOps

from faceguard.errors import PhotoError
from faceguard.photos import Photo, copy_photo, encode_photo, read_photo, write_photo


def test_from_a_colour_array() -> None:
    pixels = scene()
    photo = Photo.from_array(pixels)
    assert (photo.grey, photo.path, photo.format_name) == (False, None, None)
    assert np.array_equal(photo.pixels, pixels)
    assert photo.pixels is not pixels
    assert len(photo.sha256) == 64
    assert photo.sha256 != Photo.from_array(255 - pixels).sha256


def test_from_a_grey_array() -> None:
    photo = Photo.from_array(scene()[:, :, 0])
    assert photo.grey
    assert photo.pixels.shape == (64, 80, 3)
    with Image.open(io.BytesIO(encode_photo(photo, photo.pixels))) as image:
        assert image.mode == "L"


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5, 4), (5,), (5, 5, 1)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="photo"):
        Photo.from_array(np.zeros(shape, np.uint8))


def test_floats_are_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        Photo.from_array(np.zeros((5, 5, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mode F"):
        Photo.from_image(Image.new("F", (5, 5)))


def test_from_an_image_that_lies_on_its_side() -> None:
    image = Image.fromarray(scene())
    image.getexif()[0x0112] = 6
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(Photo.from_image(image).pixels, expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_from_images_of_all_modes(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(scene()[:, :, 0].astype(np.uint16) * 257)
    else:
        image = Image.fromarray(scene()).convert(mode)
    photo = Photo.from_image(image)
    assert photo.grey == (mode in ("1", "L", "LA", "I;16"))
    if mode == "I;16":
        assert np.array_equal(photo.pixels[:, :, 0], scene()[:, :, 0])
    else:
        assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))


def test_alpha_and_profile_of_an_image_stay(tmp_path: Path) -> None:
    image = Image.fromarray(scene()).convert("RGBA")
    image.putalpha(99)
    image.info["icc_profile"] = ICC_PROFILE
    photo = Photo.from_image(image)
    write_photo(photo, photo.pixels, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as new:
        assert np.array_equal(np.asarray(new), np.asarray(image))
        assert new.info["icc_profile"] == ICC_PROFILE
    with pytest.raises(PhotoError, match="alpha"):
        write_photo(photo, photo.pixels, tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "png", "webp", "tif", "tiff", "bmp"])
def test_the_extension_chooses_the_format(tmp_path: Path, suffix: str) -> None:
    photo = Photo.from_array(scene())
    copy_photo(photo, tmp_path / f"a.{suffix}")
    again = read_photo(tmp_path / f"a.{suffix}")
    assert np.abs(again.pixels.astype(int) - scene()).mean() < (2 if suffix.lower()[0] == "j" else 1e-9)


def test_an_unknown_extension_is_refused(tmp_path: Path) -> None:
    photo = Photo.from_array(scene())
    with pytest.raises(PhotoError, match="names no format"):
        write_photo(photo, photo.pixels, tmp_path / "a.xyz")
    assert list(tmp_path.iterdir()) == []


def test_pixels_of_another_shape_or_type_are_refused() -> None:
    photo = Photo.from_array(scene())
    with pytest.raises(ValueError, match="shape"):
        encode_photo(photo, scene(10, 10))
    with pytest.raises(ValueError, match="uint8"):
        encode_photo(photo, scene().astype(np.float32))  # type: ignore[arg-type]
