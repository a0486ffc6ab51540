"""Photos of library callers, which come from arrays and Pillow images."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from made_photos import ICC_PROFILE, large_scene, scene
from PIL import Image, ImageOps

from faceguard.errors import PhotoError
from faceguard.photos import Photo, copy_photo, encode_photo, read_photo, write_photo
from faceguard.photos.formats.encoder_buffer import encoder_buffer
from faceguard.photos.loading import load_photo


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
    with pytest.raises(PhotoError, match="photo"):
        Photo.from_array(np.zeros(shape, np.uint8))


def test_floats_are_refused() -> None:
    with pytest.raises(PhotoError, match="uint8"):
        Photo.from_array(np.zeros((5, 5, 3)))  # type: ignore[arg-type]
    with pytest.raises(PhotoError, match="mode F"):
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


def test_a_grey_image_with_premultiplied_alpha() -> None:
    image = Image.fromarray(scene()).convert("LA").convert("La")
    photo = Photo.from_image(image)
    assert photo.grey
    assert np.array_equal(photo.pixels[:, :, 0], np.asarray(image.convert("LA"))[:, :, 0])


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


def test_png_files_do_not_depend_on_what_else_is_written(tmp_path: Path) -> None:
    photo = load_photo(large_scene(400))
    encoded = [encode_photo(photo, photo.pixels)]
    (tmp_path / "a.png").write_bytes(encoded[0])
    stored = read_photo(tmp_path / "a.png")
    encoded.append(encode_photo(stored, stored.pixels))
    with encoder_buffer(Image.new("RGB", (2000, 1500))):
        again = [encode_photo(each, photo.pixels) for each in (photo, stored)]
    assert again == encoded


def test_noise_with_a_large_profile_is_written_as_jpeg(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    image.info["icc_profile"] = ICC_PROFILE + bytes(250_000)
    photo = load_photo(image)
    write_photo(photo, photo.pixels, tmp_path / "a.jpg")
    assert np.abs(read_photo(tmp_path / "a.jpg").pixels.astype(int) - noise).mean() < 20


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


def test_whatever_a_caller_has_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(scene()).save(path)
    read = load_photo(path)
    assert load_photo(read) is read
    for source in (str(path), path.read_bytes(), bytearray(path.read_bytes()), scene(), Image.open(path)):
        assert np.array_equal(load_photo(source).pixels, scene())
    assert load_photo(path.read_bytes()).format_name == "PNG"


def test_views_and_read_only_arrays_are_copied() -> None:
    pixels = scene()[::-1, ::2]
    pixels.flags.writeable = False
    photo = load_photo(pixels)
    assert np.array_equal(photo.pixels, pixels)
    assert photo.pixels.flags.writeable
    assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (None, "not NoneType"),
        ([1, 2, 3], "not list"),
        (b"", "empty"),
        (b"not a photo", "photo"),
        (scene() / 255, "not float64"),
        (scene().astype(np.int64), "not int64"),
        (scene() > 9, "not bool"),
        (scene()[None], r"shape \(1, 64, 80, 3\)"),
        (Image.new("RGB", (0, 4)), "at least one pixel"),
    ],
)
def test_what_is_no_photo_is_a_photo_error(source: object, named: str) -> None:
    with pytest.raises(PhotoError, match=named):
        load_photo(source)  # type: ignore[arg-type]


def test_an_image_whose_file_is_cut_off(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.fromarray(scene()).save(whole, "JPEG")
    with pytest.raises(PhotoError, match="truncated"):
        load_photo(Image.open(io.BytesIO(whole.getvalue()[: len(whole.getvalue()) // 2])))
