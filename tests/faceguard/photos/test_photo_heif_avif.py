"""HEIC by way of pillow-heif, AVIF by way of Pillow."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from made_photos import ICC_PROFILE, XMP, exif_block, marked, scene
from PIL import ExifTags, Image, ImageOps, features

from faceguard.errors import PhotoError
from faceguard.photos import MetadataPolicy, copy_photo, encode_photo, read_photo, write_photo

avif = pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
LATITUDE = (7777).to_bytes(4, "little")


def _heic(path: Path, mode: str = "RGB", orientation: int = 1) -> Path:
    heif = pytest.importorskip("pillow_heif")
    image = Image.fromarray(scene(128, 128)).convert(mode)
    exif = b"Exif\x00\x00" + exif_block(orientation)
    heif.encode(
        mode, image.size, image.tobytes(), str(path), quality=90, exif=exif, xmp=XMP, icc_profile=ICC_PROFILE
    )
    return path


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_heic_comes_back_as_heic(tmp_path: Path, mode: str) -> None:
    source = _heic(tmp_path / "a.heic", mode)
    photo = read_photo(source)
    assert photo.format_name == "HEIC"
    assert photo.grey == (mode == "L")
    asked = marked(photo.pixels, photo.grey)
    write_photo(photo, asked, tmp_path / "b.heic")
    again = read_photo(tmp_path / "b.heic")
    assert again.format_name == "HEIC"
    assert np.abs(again.pixels.astype(int) - asked).mean() < 3
    assert (tmp_path / "b.heic").stat().st_size < 1.15 * source.stat().st_size


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_heic_is_upright_and_keeps_its_metadata(tmp_path: Path, orientation: int) -> None:
    heif = pytest.importorskip("pillow_heif")
    source = _heic(tmp_path / "a.heic", orientation=orientation)
    photo = read_photo(source)
    image = Image.fromarray(scene(128, 128))
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    assert np.abs(photo.pixels - upright).mean() < 4
    write_photo(photo, photo.pixels, tmp_path / "b.heic")
    assert np.abs(read_photo(tmp_path / "b.heic").pixels - upright).mean() < 5
    old, new = (heif.HeifFile(io.BytesIO((tmp_path / name).read_bytes())) for name in ("a.heic", "b.heic"))
    assert new.size == old.size
    assert new.info["icc_profile"] == ICC_PROFILE
    assert len(new.info["exif"]) == len(old.info["exif"])
    exif = Image.Exif()
    exif.load(new.info["exif"])
    assert exif[0x0112] == orientation
    assert exif.get_ifd(ExifTags.IFD.IFD1) == {}
    assert exif.get_ifd(0x8769)[0x927C].endswith(b"AFTERWARDS")
    assert b"A title" in new.info["xmp"]
    assert b"PREVIEWDATA" not in new.info["xmp"]


def test_ten_bit_heic_stays_ten_bit(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    samples = scene(128, 128).astype(np.uint16) * 257
    heif.encode("RGB;16", (128, 128), samples.tobytes(), str(tmp_path / "a.heic"), quality=90)
    photo = read_photo(tmp_path / "a.heic")
    new = encode_photo(photo, photo.pixels)
    assert heif.HeifFile(io.BytesIO(new)).info["bit_depth"] == 10
    assert np.abs(photo.pixels.astype(int) - scene(128, 128)).mean() < 4


def test_gps_leaves_a_copied_heic_in_place(tmp_path: Path) -> None:
    source = _heic(tmp_path / "a.heic")
    copy_photo(source, tmp_path / "b.heic", MetadataPolicy.STRIP_GPS)
    old, new = source.read_bytes(), (tmp_path / "b.heic").read_bytes()
    assert len(new) == len(old)
    assert LATITUDE in old
    assert LATITUDE not in new
    assert b"52,30N" not in new
    assert b"A title" in new
    assert np.array_equal(read_photo(source).pixels, read_photo(tmp_path / "b.heic").pixels)


def test_strip_all_takes_the_metadata_of_a_heic(tmp_path: Path) -> None:
    source = _heic(tmp_path / "a.heic", orientation=6)
    copy_photo(source, tmp_path / "b.heic", MetadataPolicy.STRIP_ALL)
    data = (tmp_path / "b.heic").read_bytes()
    assert b"TheCamera" not in data
    assert b"A title" not in data
    assert np.abs(read_photo(source).pixels.astype(int) - read_photo(tmp_path / "b.heic").pixels).mean() < 5


def test_without_pillow_heif_the_reason_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _heic(tmp_path / "a.heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match=r'pip install "faceguard\[heif\]"'):
        read_photo(source)


def test_a_cut_off_heic_is_refused(tmp_path: Path) -> None:
    source = _heic(tmp_path / "a.heic")
    data = source.read_bytes()
    for share in (0.3, 0.6, 0.9):
        source.write_bytes(data[: int(share * len(data))])
        with pytest.raises(PhotoError):
            read_photo(source)


def test_several_pictures_in_a_heic_are_refused(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = heif.from_pillow(Image.fromarray(scene()))
    file.add_from_pillow(Image.fromarray(255 - scene()))
    file.save(tmp_path / "a.heic")
    with pytest.raises(PhotoError, match="2 pictures"):
        read_photo(tmp_path / "a.heic")


@avif
@pytest.mark.parametrize("orientation", [1, 2, 6, 8])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_avif_comes_back_upright_with_its_metadata(tmp_path: Path, mode: str, orientation: int) -> None:
    image = Image.fromarray(scene(96, 128)).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    options = {"exif": b"Exif\x00\x00" + exif_block(orientation), "xmp": XMP, "icc_profile": ICC_PROFILE}
    image.save(tmp_path / "a.avif", quality=90, **options)
    with Image.open(tmp_path / "a.avif") as stored:
        upright = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    photo = read_photo(tmp_path / "a.avif")
    assert np.array_equal(photo.pixels, upright)
    write_photo(photo, photo.pixels, tmp_path / "b.avif")
    again = read_photo(tmp_path / "b.avif")
    assert (again.format_name, again.grey) == ("AVIF", mode == "L")
    assert np.abs(again.pixels.astype(int) - photo.pixels).mean() < 4
    with Image.open(tmp_path / "b.avif") as new:
        assert new.mode == mode
        assert new.info["icc_profile"] == ICC_PROFILE
        assert b"A title" in new.info["xmp"]
        assert b"PREVIEWDATA" not in new.info["xmp"]
        exif = new.getexif()
        assert exif[0x010F] == "TheCamera"
        assert exif.get_ifd(0x8769)[0x927C].endswith(b"AFTERWARDS")
        assert exif.get_ifd(ExifTags.IFD.IFD1) == {}


@avif
def test_gps_leaves_a_copied_avif_in_place(tmp_path: Path) -> None:
    exif = b"Exif\x00\x00" + exif_block(1)
    Image.fromarray(scene()).save(tmp_path / "a.avif", exif=exif, xmp=XMP)
    copy_photo(tmp_path / "a.avif", tmp_path / "b.avif", MetadataPolicy.STRIP_GPS)
    new = (tmp_path / "b.avif").read_bytes()
    assert LATITUDE not in new
    assert b"GPS" not in new
    assert b"A title" in new
