"""Every format and colour mode comes back as it came, with the new pixels in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from made_photos import ICC_PROFILE, exif_block, marked, saved, scene
from PIL import Image

from faceguard.photos import read_photo, write_photo

EXIF = b"Exif\x00\x00" + exif_block()


def _image(mode: str) -> Image.Image:
    picture = Image.fromarray(scene())
    if mode in ("RGBA", "LA"):
        picture = picture.convert(mode)
        ramp = np.arange(picture.width * picture.height, dtype=np.uint32) % 256
        picture.putalpha(Image.fromarray(ramp.astype(np.uint8).reshape(picture.height, picture.width)))
        return picture
    return picture.convert(mode)


LOSSLESS = [
    *[("png", mode, mode, {}) for mode in ("RGB", "RGBA", "L", "LA")],
    ("png", "P", "RGB", {}),
    ("png", "1", "L", {}),
    ("webp", "RGB", "RGB", {"lossless": True}),
    ("webp", "RGBA", "RGBA", {"lossless": True, "exact": True}),
    *[
        ("tif", mode, mode, {"compression": compression})
        for mode in ("RGB", "RGBA", "L", "LA", "CMYK")
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
    ],
    ("tif", "P", "RGB", {"compression": "tiff_lzw"}),
    ("tif", "1", "L", {"compression": "group4"}),
    ("bmp", "RGB", "RGB", {}),
    ("bmp", "L", "L", {}),
    ("bmp", "P", "RGB", {}),
    ("bmp", "1", "L", {}),
]


@pytest.mark.parametrize(("suffix", "mode", "new_mode", "options"), LOSSLESS)
def test_lossless_formats_hold_exactly_what_was_asked(
    tmp_path: Path, suffix: str, mode: str, new_mode: str, options: dict[str, Any]
) -> None:
    source = saved(_image(mode), tmp_path / f"in.{suffix}", **options)
    photo = read_photo(source)
    assert photo.grey == (new_mode in ("L", "LA"))
    asked = marked(photo.pixels, photo.grey)
    if mode == "CMYK":
        # What black takes away, no other ink can bring back.
        asked = np.minimum(asked, photo.pixels)
    target = tmp_path / f"out.{suffix}"
    write_photo(photo, asked, target)

    again = read_photo(target)
    assert again.format_name == photo.format_name
    assert again.grey == photo.grey
    assert np.array_equal(again.pixels, asked)
    with Image.open(source) as old, Image.open(target) as new:
        assert (new.size, new.mode) == (old.size, new_mode)
        if new_mode.endswith("A"):
            assert np.array_equal(np.asarray(new)[..., -1], np.asarray(old)[..., -1])
        if mode == "CMYK":
            assert np.array_equal(np.asarray(new)[..., 3], np.asarray(old)[..., 3])
        if mode == new_mode and suffix == "tif" and options["compression"] != "raw":
            assert new.info["compression"] == old.info["compression"]


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "bmp"])
def test_pixels_that_did_not_change_come_back_identical(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    photo = read_photo(saved(scene(), tmp_path / f"in.{suffix}", **options))
    write_photo(photo, photo.pixels, tmp_path / f"out.{suffix}")
    assert np.array_equal(read_photo(tmp_path / f"out.{suffix}").pixels, scene())


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_colour_profile_and_exif_stay(tmp_path: Path, suffix: str) -> None:
    options: dict[str, Any] = {"icc_profile": ICC_PROFILE}
    if suffix != "tif":
        options["exif"] = EXIF
    else:
        options["tiffinfo"] = {271: "TheCamera", 34853: {1: "N", 2: (52.0, 30.0, 7.0)}}
    photo = read_photo(saved(scene(), tmp_path / f"in.{suffix}", **options))
    write_photo(photo, photo.pixels, tmp_path / f"out.{suffix}")
    with Image.open(tmp_path / f"out.{suffix}") as new:
        assert new.info["icc_profile"] == ICC_PROFILE
        exif = new.getexif()
        assert exif[0x010F] == "TheCamera"
        assert exif.get_ifd(0x8825)[1] == "N"
        if suffix != "tif":
            assert exif.get_ifd(0x8769)[0x927C].startswith(b"MAKERNOTE")


def test_a_transparent_colour_becomes_alpha(tmp_path: Path) -> None:
    pixels = scene()
    key = tuple(int(value) for value in pixels[5, 5])
    source = saved(pixels, tmp_path / "in.png", transparency=key)
    photo = read_photo(source)
    assert np.array_equal(photo.pixels, pixels)
    write_photo(photo, marked(photo.pixels, grey=False), tmp_path / "out.png")
    with Image.open(source) as old, Image.open(tmp_path / "out.png") as new:
        assert new.mode == "RGBA"
        assert np.array_equal(np.asarray(new)[..., 3], np.asarray(old.convert("RGBA"))[..., 3])


def test_palette_transparency_becomes_alpha(tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    _image("P").save(source, transparency=bytes([0, 128, 255] * 85))
    photo = read_photo(source)
    write_photo(photo, photo.pixels, tmp_path / "out.png")
    with Image.open(source) as old, Image.open(tmp_path / "out.png") as new:
        assert np.array_equal(np.asarray(new), np.asarray(old.convert("RGBA")))


def test_lossy_webp_stays_lossy_and_about_as_large(tmp_path: Path) -> None:
    pixels = scene(256, 256)
    source = saved(pixels, tmp_path / "in.webp", quality=90)
    photo = read_photo(source)
    target = tmp_path / "out.webp"
    write_photo(photo, photo.pixels, target)
    assert b"VP8L" not in target.read_bytes()[:200]
    assert 0.7 * source.stat().st_size < target.stat().st_size <= 1.1 * source.stat().st_size
    assert np.abs(read_photo(target).pixels.astype(int) - photo.pixels).mean() < 3


def test_lossy_webp_keeps_its_alpha_exactly(tmp_path: Path) -> None:
    source = saved(_image("RGBA"), tmp_path / "in.webp", quality=85)
    photo = read_photo(source)
    write_photo(photo, photo.pixels, tmp_path / "out.webp")
    with Image.open(source) as old, Image.open(tmp_path / "out.webp") as new:
        assert np.array_equal(np.asarray(new)[..., 3], np.asarray(old)[..., 3])


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("bits", [24, 32])
def test_bmp_files_change_in_their_pixels_only(tmp_path: Path, bits: int, top_down: bool) -> None:
    mode = "RGB" if bits == 24 else "RGBA"
    source = saved(_image(mode), tmp_path / "in.bmp")
    data = bytearray(source.read_bytes())
    if top_down:
        data[22:26] = (-scene().shape[0]).to_bytes(4, "little", signed=True)
        source.write_bytes(data)
    photo = read_photo(source)
    rows = scene()[::-1] if top_down else scene()
    assert np.array_equal(photo.pixels, rows)
    asked = photo.pixels.copy()
    asked[3, 4] = (1, 2, 3)
    write_photo(photo, asked, tmp_path / "out.bmp")
    new = (tmp_path / "out.bmp").read_bytes()
    assert len(new) == len(data)
    assert sum(a != b for a, b in zip(new, data, strict=True)) <= 3
    assert np.array_equal(read_photo(tmp_path / "out.bmp").pixels, asked)


def test_planes_and_tiles_of_a_tiff_file_are_read(tmp_path: Path) -> None:
    pixels = scene()
    planes = np.ascontiguousarray(np.moveaxis(pixels, 2, 0))
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="rgb", planarconfig="separate")
    tifffile.imwrite(
        tmp_path / "tiles.tif", pixels, photometric="rgb", tile=(32, 32), compression="zlib", predictor=True
    )
    for name in ("planes.tif", "tiles.tif"):
        photo = read_photo(tmp_path / name)
        assert np.array_equal(photo.pixels, pixels)
        write_photo(photo, marked(pixels, grey=False), tmp_path / f"new-{name}")
        with Image.open(tmp_path / f"new-{name}") as new:
            assert np.array_equal(np.asarray(new), marked(pixels, grey=False))


def test_white_can_be_zero_in_a_tiff_file(tmp_path: Path) -> None:
    grey = scene()[:, :, 0]
    tifffile.imwrite(tmp_path / "in.tif", 255 - grey, photometric="miniswhite")
    photo = read_photo(tmp_path / "in.tif")
    assert photo.grey
    assert np.array_equal(photo.pixels[:, :, 0], grey)
    write_photo(photo, photo.pixels, tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), 255 - grey)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_file_hardly_grows(tmp_path: Path, compression: str) -> None:
    source = saved(scene(200, 200), tmp_path / "in.tif", compression=compression)
    photo = read_photo(source)
    for name, growth in (("once.tif", 1.1), ("twice.tif", 1.2)):
        write_photo(photo, marked(photo.pixels, grey=False), tmp_path / name)
        photo = read_photo(tmp_path / name)
        assert (tmp_path / name).stat().st_size < growth * source.stat().st_size


def test_further_channels_of_a_tiff_file_stay(tmp_path: Path) -> None:
    five = np.dstack([scene(), scene()[:, :, :2]])
    tifffile.imwrite(tmp_path / "in.tif", five, photometric="rgb", extrasamples=["unassalpha", "unspecified"])
    photo = read_photo(tmp_path / "in.tif")
    asked = marked(photo.pixels, grey=False)
    write_photo(photo, asked, tmp_path / "out.tif")
    new = tifffile.imread(tmp_path / "out.tif")
    assert np.array_equal(new[:, :, :3], asked)
    assert np.array_equal(new[:, :, 3:], five[:, :, 3:])


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpeg_in_tiff_stays_jpeg(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(scene(128, 128)).convert(mode)
    source = saved(image, tmp_path / "in.tif", compression="jpeg", quality=90)
    photo = read_photo(source)
    write_photo(photo, photo.pixels, tmp_path / "out.tif")
    with Image.open(tmp_path / "out.tif") as new:
        assert (new.info["compression"], new.mode) == ("jpeg", mode)
    assert np.abs(read_photo(tmp_path / "out.tif").pixels.astype(int) - photo.pixels).mean() < 3
