"""What --strip-gps and stripping everything take, with and without new pixels."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from made_photos import (
    ICC_PROFILE,
    XMP,
    exif_block,
    png_chunk,
    saved,
    scene,
    segment,
    with_png_chunks,
    with_segments,
)
from PIL import ExifTags, Image

from faceguard.errors import SettingsError
from faceguard.photos import MetadataPolicy, copy_photo, encode_photo, read_photo, write_photo, xmp_packet
from faceguard.photos import exif_block as blocks
from faceguard.photos.samples import Pixels

EXIF = b"Exif\x00\x00" + exif_block(6)
LATITUDE = (7777).to_bytes(4, "little")
Writer = Callable[[Path, Path, MetadataPolicy], None]


def _protect(source: Path, target: Path, policy: MetadataPolicy) -> None:
    photo = read_photo(source)
    write_photo(photo, photo.pixels, target, policy)


def _copy_path(source: Path, target: Path, policy: MetadataPolicy) -> None:
    copy_photo(source, target, policy)


def _copy_photo(source: Path, target: Path, policy: MetadataPolicy) -> None:
    copy_photo(read_photo(source), target, policy)


WRITERS = pytest.mark.parametrize("write", [_protect, _copy_path, _copy_photo])


def _source(folder: Path, suffix: str, pixels: Pixels | None = None) -> Path:
    picture = Image.fromarray(scene() if pixels is None else pixels)
    path = folder / f"in{suffix}"
    if suffix == ".jpg":
        picture.save(path, exif=EXIF, xmp=XMP, icc_profile=ICC_PROFILE, comment=b"a comment", quality=95)
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x04IPTC"
        path.write_bytes(with_segments(path.read_bytes(), segment(0xED, iptc)))
    elif suffix == ".png":
        picture.save(path, exif=EXIF, icc_profile=ICC_PROFILE, dpi=(300, 300))
        path.write_bytes(
            with_png_chunks(
                path.read_bytes(),
                png_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XMP),
                png_chunk(b"tEXt", b"Comment\x00a comment"),
                png_chunk(b"tEXt", b"exif:GPSLatitude\x0052/1"),
            )
        )
    elif suffix == ".webp":
        picture.save(path, exif=EXIF, xmp=XMP, icc_profile=ICC_PROFILE, lossless=True)
    elif suffix == ".tif":
        tags = {274: 6, 271: "TheCamera", 700: XMP, 34853: {1: "N", 2: (52.0, 30.0, 77.77)}}
        picture.save(path, tiffinfo=tags, icc_profile=ICC_PROFILE, compression="raw")
    return path


SUFFIXES = pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])


@SUFFIXES
@WRITERS
def test_strip_gps_takes_the_place_and_nothing_else(tmp_path: Path, suffix: str, write: Writer) -> None:
    source = _source(tmp_path, suffix)
    target = tmp_path / f"out{suffix}"
    with Image.open(source) as old:
        assert old.getexif().get_ifd(0x8825)
    write(source, target, MetadataPolicy.STRIP_GPS)
    data = target.read_bytes()
    with Image.open(target) as new:
        new.load()
        exif = new.getexif() if suffix != ".tif" else Image.Exif()
        if suffix == ".tif":
            exif.load(b"Exif\x00\x00" + data)
        assert 0x8825 not in exif
        assert exif[0x010F] == "TheCamera"
        assert exif[0x0112] == 6
        assert new.info["icc_profile"] == ICC_PROFILE
        if suffix in (".jpg", ".webp", ".png"):
            assert exif.get_ifd(0x8769)[0x927C].startswith(b"MAKERNOTE")
    assert LATITUDE not in data
    assert b"GPS" not in data
    assert b"52,30N" not in data
    assert b"A title" in data
    if suffix in (".jpg", ".png"):
        assert b"a comment" in data
    difference = np.abs(read_photo(target).pixels.astype(int) - read_photo(source).pixels)
    assert difference.mean() < (0.5 if suffix == ".jpg" else 1e-9)


@SUFFIXES
@WRITERS
def test_strip_all_leaves_profile_and_orientation(tmp_path: Path, suffix: str, write: Writer) -> None:
    source = _source(tmp_path, suffix)
    target = tmp_path / f"out{suffix}"
    write(source, target, MetadataPolicy.STRIP_ALL)
    data = target.read_bytes()
    for gone in (b"TheCamera", b"MAKERNOTE", b"A title", b"a comment", b"IPTC", b"GPS", b"xmpmeta", LATITUDE):
        assert gone not in data
    with Image.open(target) as new:
        assert new.info["icc_profile"] == ICC_PROFILE
        assert new.getexif()[0x0112] == 6
        if suffix != ".tif":
            assert dict(new.getexif()) == {0x0112: 6}
    difference = np.abs(read_photo(target).pixels.astype(int) - read_photo(source).pixels)
    assert difference.mean() < (0.5 if suffix == ".jpg" else 1e-9)


def test_strip_all_writes_no_exif_for_upright_photos(tmp_path: Path) -> None:
    source = saved(scene(), tmp_path / "a.jpg", exif=b"Exif\x00\x00" + exif_block(1))
    copy_photo(source, tmp_path / "b.jpg", MetadataPolicy.STRIP_ALL)
    assert b"Exif" not in (tmp_path / "b.jpg").read_bytes()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("policy", [MetadataPolicy.STRIP_GPS, MetadataPolicy.STRIP_ALL])
def test_stripping_a_copy_does_not_touch_the_pixels(
    tmp_path: Path, suffix: str, policy: MetadataPolicy
) -> None:
    source = _source(tmp_path, suffix)
    copy_photo(source, tmp_path / "out", policy)
    assert np.array_equal(read_photo(tmp_path / "out").pixels, read_photo(source).pixels)


def test_a_copy_keeps_what_follows_only_if_nothing_is_stripped(tmp_path: Path) -> None:
    source = _source(tmp_path, ".jpg")
    source.write_bytes(source.read_bytes() + b"a video with a place")
    copy_photo(source, tmp_path / "kept.jpg", MetadataPolicy.KEEP)
    assert (tmp_path / "kept.jpg").read_bytes() == source.read_bytes()
    copy_photo(source, tmp_path / "stripped.jpg", MetadataPolicy.STRIP_GPS)
    assert b"a video" not in (tmp_path / "stripped.jpg").read_bytes()


def test_a_photo_object_is_copied_as_it_was_read(tmp_path: Path) -> None:
    source = _source(tmp_path, ".png")
    data = source.read_bytes()
    photo = read_photo(source)
    source.unlink()
    copy_photo(photo, tmp_path / "copy.png")
    assert (tmp_path / "copy.png").read_bytes() == data


def test_gps_in_a_broken_exif_block_goes_with_the_block(tmp_path: Path) -> None:
    broken = b"Exif\x00\x00" + exif_block()[:8] + b"\xff" * 60
    source = saved(scene(), tmp_path / "a.jpg")
    source.write_bytes(with_segments(source.read_bytes(), segment(0xE1, broken)))
    photo = read_photo(source)
    assert broken in encode_photo(photo, photo.pixels)
    assert b"Exif" not in encode_photo(photo, photo.pixels, MetadataPolicy.STRIP_GPS)


@pytest.mark.parametrize("order", ["little", "big"])
def test_gps_directory_is_zeroed_in_place(order: str) -> None:
    block = exif_block(6, order)
    cleaned = blocks.without_gps(block)
    assert cleaned is not None
    assert len(cleaned) == len(block)
    assert (7777).to_bytes(4, "little" if order == "little" else "big") not in cleaned
    exif = Image.Exif()
    exif.load(cleaned)
    assert 0x8825 not in exif
    assert exif.get_ifd(ExifTags.IFD.IFD1)[0x0202] > 0
    assert exif.get_ifd(0x8769)[0x9003] == "2020:01:02 03:04:05"


def test_minimal_block_says_the_orientation() -> None:
    for orientation in range(1, 9):
        block = blocks.only_orientation(orientation)
        exif = Image.Exif()
        exif.load(b"Exif\x00\x00" + block)
        assert dict(exif) == {0x0112: orientation}
        assert blocks.orientation_of(block) == orientation


def test_gps_properties_of_any_namespace_leave_xmp() -> None:
    packet = b'<a drone-dji:GpsLatitude="1" x:y="z" exif:GPSAltitude="2"><exif:GPSDOP>3</exif:GPSDOP></a>'
    assert xmp_packet.without_gps(packet) == b'<a x:y="z"></a>'


def test_bmp_has_nothing_to_strip(tmp_path: Path) -> None:
    source = saved(scene(), tmp_path / "a.bmp")
    copy_photo(source, tmp_path / "b.bmp", MetadataPolicy.STRIP_ALL)
    assert (tmp_path / "b.bmp").read_bytes() == source.read_bytes()


def test_png_chunks_keep_their_place(tmp_path: Path) -> None:
    source = saved(scene(), tmp_path / "a.png", icc_profile=ICC_PROFILE)
    data = source.read_bytes()
    private = png_chunk(b"prVt", b"safe to copy"), png_chunk(b"prVT", b"depends on pixels")
    late = png_chunk(b"tEXt", b"Late\x00behind the pixels")
    time = png_chunk(b"tIME", b"\x07\xe4\x01\x02\x03\x04\x05")
    data = with_png_chunks(data[:-12], *private, time) + late + data[-12:]
    source.write_bytes(data)
    photo = read_photo(source)
    new = encode_photo(photo, photo.pixels)
    assert new.index(time) < new.index(b"IDAT") < new.index(late)
    assert private[0] in new
    assert private[1] not in new


def test_exif_in_tiff_keeps_its_offsets(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    note = b"MAKERNOTE" * 5
    saved(scene(), path, tiffinfo={34665: {0x927C: note}}, compression="raw")
    before = path.read_bytes()
    photo = read_photo(path)
    after = encode_photo(photo, photo.pixels)
    assert after.index(note) == before.index(note)
    with Image.open(io.BytesIO(after)) as new:
        assert new.getexif().get_ifd(0x8769)[0x927C] == note


@pytest.mark.parametrize("name", ["strip-gps", "strip-all"])
def test_a_policy_may_be_named_and_does_the_same(name: str, tmp_path: Path) -> None:
    photo = read_photo(_source(tmp_path, ".jpg"))
    named = cast(MetadataPolicy, name)
    assert LATITUDE not in encode_photo(photo, photo.pixels, named)
    assert encode_photo(photo, photo.pixels, named) == encode_photo(photo, photo.pixels, MetadataPolicy(name))
    copy_photo(photo, tmp_path / "out.jpg", named)
    assert LATITUDE not in (tmp_path / "out.jpg").read_bytes()


@WRITERS
@pytest.mark.parametrize("name", ["strip", "strip_gps", None, True])
def test_an_unknown_policy_is_refused_and_writes_nothing(write: Writer, name: object, tmp_path: Path) -> None:
    source = _source(tmp_path, ".jpg")
    with pytest.raises(SettingsError, match=r"no metadata policy .*strip-gps"):
        write(source, tmp_path / "out.jpg", cast(MetadataPolicy, name))
    assert not (tmp_path / "out.jpg").exists()
