"""JPEG photos are encoded in the manner of their source, and their metadata segments carried over."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_photos import (
    ICC_PROFILE,
    XMP,
    exif_block,
    large_scene,
    marked,
    saved,
    scene,
    segment,
    with_segments,
)
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from faceguard.photos import read_photo, write_photo
from faceguard.photos.formats.encoder_buffer import encoder_buffer
from faceguard.photos.formats.jpeg import Jpeg, _planes
from faceguard.photos.jpeg_segments import end_of_image, split_header
from faceguard.photos.metadata_policy import MetadataPolicy
from faceguard.photos.samples import Samples

EXIF = b"Exif\x00\x00" + exif_block(6)


def _rewritten(source: Path, change: bool = False) -> Path:
    photo = read_photo(source)
    target = source.with_name("out-" + source.name)
    write_photo(photo, marked(photo.pixels, photo.grey) if change else photo.pixels, target)
    return target


def _opened(path: Path) -> JpegImageFile:
    return JpegImageFile(io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [50, 90, 97])
@pytest.mark.parametrize("progressive", [False, True])
def test_encoding_is_that_of_the_source(
    tmp_path: Path, quality: int, subsampling: int, progressive: bool
) -> None:
    source = saved(
        scene(), tmp_path / "a.jpg", quality=quality, subsampling=subsampling, progressive=progressive
    )
    old, new = _opened(source), _opened(_rewritten(source))
    assert new.quantization == old.quantization
    assert get_sampling(new) == get_sampling(old) == subsampling
    assert ("progressive" in new.info) == progressive


def test_own_quantisation_tables_are_used_again(tmp_path: Path) -> None:
    tables = [list(range(1, 65)), list(range(2, 66)), list(range(3, 67))]
    source = saved(scene(), tmp_path / "a.jpg", qtables=tables, subsampling=0)
    assert _opened(_rewritten(source)).quantization == dict(enumerate(tables))


def test_unchanged_pixels_come_back_almost_identical(tmp_path: Path) -> None:
    source = saved(large_scene(400), tmp_path / "a.jpg", quality=90)
    target = _rewritten(source)
    difference = np.abs(read_photo(target).pixels.astype(int) - read_photo(source).pixels)
    assert difference.mean() < 0.5


@pytest.mark.parametrize(("quality", "subsampling"), [(75, 2), (85, 2), (92, 0), (95, 2)])
def test_a_protected_face_makes_the_file_hardly_larger(
    tmp_path: Path, quality: int, subsampling: int
) -> None:
    source = saved(large_scene(), tmp_path / "a.jpg", quality=quality, subsampling=subsampling)
    photo = read_photo(source)
    noise = np.random.default_rng(0).integers(-8, 9, (260, 200, 3))
    pixels = photo.pixels.copy()
    face = pixels[100:360, 350:550]
    face[...] = (face + noise).clip(0, 255).astype(np.uint8)
    write_photo(photo, pixels, tmp_path / "b.jpg")
    assert (tmp_path / "b.jpg").stat().st_size <= 1.10 * source.stat().st_size


def test_grey_stays_single_channel(tmp_path: Path) -> None:
    source = saved(scene()[:, :, 0], tmp_path / "a.jpg", quality=95)
    photo = read_photo(source)
    assert photo.grey
    target = _rewritten(source, change=True)
    assert _opened(target).mode == "L"
    assert read_photo(target).grey


def test_coloured_pixels_for_a_grey_photo_are_refused(tmp_path: Path) -> None:
    photo = read_photo(saved(scene()[:, :, 0], tmp_path / "a.jpg"))
    with pytest.raises(ValueError, match="stay grey"):
        write_photo(photo, scene(), tmp_path / "b.jpg")


def test_rgb_without_colour_transform_stays_so(tmp_path: Path) -> None:
    source = saved(scene(), tmp_path / "a.jpg", keep_rgb=True, quality=95)
    target = _rewritten(source)
    assert _opened(target).info["adobe_transform"] == 0
    assert np.abs(read_photo(target).pixels.astype(int) - read_photo(source).pixels).mean() < 0.5


@pytest.mark.parametrize("with_adobe", [True, False])
def test_cmyk_keeps_black_and_colour_model(tmp_path: Path, with_adobe: bool) -> None:
    cmyk = np.dstack([255 - scene(), np.full(scene().shape[:2], 30, np.uint8)])
    source = saved(Image.frombytes("CMYK", (80, 64), cmyk.tobytes()), tmp_path / "a.jpg", quality=98)
    if not with_adobe:
        data = source.read_bytes()
        start = data.index(b"\xff\xee")
        source.write_bytes(
            data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]
        )
    photo = read_photo(source)
    target = tmp_path / "b.jpg"
    asked = photo.pixels.copy()
    asked[10:30, 10:30] //= 2
    write_photo(photo, asked, target)
    old, new = _opened(source), _opened(target)
    assert new.mode == "CMYK"
    assert ("adobe" in new.info) == with_adobe
    assert np.abs(np.asarray(new)[..., 3].astype(int) - np.asarray(old)[..., 3]).mean() < 1
    assert np.abs(read_photo(target).pixels.astype(int) - asked).mean() < 2


def test_cmyk_samples_of_untouched_pixels_stay_identical() -> None:

    cmyk = np.random.default_rng(0).integers(0, 256, (30, 30, 4), dtype=np.uint8)
    samples = Samples(cmyk)
    view = samples.view()
    asked = view.copy()
    asked[5:9, 5:9] //= 2
    new = samples.with_view(asked)
    assert np.array_equal(new.view(), asked)
    untouched = (asked == view).all(axis=2)
    assert np.array_equal(np.asarray(new.colour)[untouched], cmyk[untouched])
    assert np.array_equal(np.asarray(new.colour)[..., 3], cmyk[..., 3])


def test_ycck_is_written_as_cmyk_with_a_fitting_marker(tmp_path: Path) -> None:
    # Calling the inks YCCK is enough to see that the marker follows the new scan, not the old one.
    source = saved(Image.fromarray(scene()).convert("CMYK"), tmp_path / "a.jpg", quality=95)
    data = bytearray(source.read_bytes())
    data[data.index(b"Adobe") + 11] = 2
    source.write_bytes(data)
    photo = read_photo(source)
    target = _rewritten(source)
    assert _opened(target).info["adobe_transform"] == 0
    assert np.abs(read_photo(target).pixels.astype(int) - photo.pixels).mean() < 2


@pytest.mark.parametrize("factors", [0x41, 0x12, 0x14, 0x44, 0x24])
def test_chroma_layouts_pillow_cannot_write_do_not_fail(tmp_path: Path, factors: int) -> None:
    # A grey picture's blocks do not depend on the factors, so declaring them on flat blocks is enough.
    source = saved(Image.new("RGB", (32, 32), (90, 90, 90)), tmp_path / "a.jpg", subsampling=0)
    data = bytearray(source.read_bytes())
    frame = data.index(b"\xff\xc0")
    data[frame + 11] = factors
    source.write_bytes(data)
    assert get_sampling(_opened(source)) == -1

    new = Jpeg().encode(Samples(scene(32, 32)), bytes(data), MetadataPolicy.KEEP)
    horizontal, vertical = factors >> 4, factors & 15
    expected = (2 if vertical > 1 else 1) if horizontal > 1 else 0
    assert get_sampling(JpegImageFile(io.BytesIO(new))) == expected


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_noise_at_the_finest_quantisation_is_written(
    mode: str, progressive: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (300, 320, len(Image.new(mode, (1, 1)).getbands())))
    picture = Image.fromarray(noise.astype(np.uint8).squeeze(), mode)
    with monkeypatch.context() as pillow:
        pillow.setattr(ImageFile, "MAXBLOCK", 1 << 20)
        path = saved(picture, tmp_path / "a.jpg", qtables=[[1] * 64], subsampling=0, progressive=progressive)
    before = ImageFile.MAXBLOCK
    target = _rewritten(path, change=True)
    assert before == ImageFile.MAXBLOCK
    photo = read_photo(path)
    moved = read_photo(target).pixels.astype(int) - marked(photo.pixels, photo.grey)
    assert np.abs(moved).mean() < 2


def test_saves_at_once_each_have_room_enough() -> None:
    before = ImageFile.MAXBLOCK
    large, small = Image.new("RGB", (400, 300)), Image.new("L", (40, 30))
    with encoder_buffer(small):
        with encoder_buffer(large):
            with encoder_buffer(small):
                assert ImageFile.MAXBLOCK == 2 * 400 * 300 * 3
            assert ImageFile.MAXBLOCK == 2 * 400 * 300 * 3
        assert before == ImageFile.MAXBLOCK
    assert before == ImageFile.MAXBLOCK


def test_planes_share_colour_as_the_file_does(tmp_path: Path) -> None:
    for subsampling, shared in enumerate([(1, 1), (1, 2), (2, 2)]):
        path = saved(scene(), tmp_path / "a.jpg", subsampling=subsampling)
        assert [plane.shared for plane in _planes(_opened(path))] == [(1, 1), shared, shared]
    (plane,) = _planes(_opened(saved(Image.new("L", (9, 9)), tmp_path / "a.jpg")))
    assert plane.shared == (1, 1)


def _segments(data: bytes) -> list[tuple[int, bytes]]:
    return [(s.marker, s.payload) for s in split_header(data)[0] if s.is_application]


def test_metadata_segments_are_carried_byte_for_byte(tmp_path: Path) -> None:
    xmp = XMP[: XMP.index(b"<xmp:Thumbnails>")] + XMP[XMP.index(b"</rdf:Description>") :]
    digest, chunks = b"A" * 32, (b"x" * 60000, b"y" * 500)
    extended = [
        b"http://ns.adobe.com/xmp/extension/\x00"
        + digest
        + (60500).to_bytes(4, "big")
        + at.to_bytes(4, "big")
        for at in (0, 60000)
    ]
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x05hello\x00"
    profile = ICC_PROFILE
    icc = [
        b"ICC_PROFILE\x00\x01\x02" + profile[:200],
        b"ICC_PROFILE\x00\x02\x02" + profile[200:],
    ]
    carried = [
        (0xE1, b"Exif\x00\x00" + exif_block(3, thumbnail=False).replace(b"\xff\xd8\xff", b"\x00\xd8\xff")),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + xmp),
        *((0xE1, head + chunk) for head, chunk in zip(extended, chunks, strict=True)),
        *((0xE2, part) for part in icc),
        (0xED, iptc),
        (0xEC, b"Ducky\x00\x01"),
        (0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01"),
        (0xFE, b"a comment"),
    ]
    source = saved(scene(), tmp_path / "a.jpg", quality=90)
    data = with_segments(source.read_bytes(), *(segment(*item) for item in carried))
    source.write_bytes(data)
    new = _rewritten(source).read_bytes()
    assert _segments(new) == _segments(data)
    assert Image.open(io.BytesIO(new)).info["icc_profile"] == profile


def test_a_photo_without_jfif_segment_gets_none(tmp_path: Path) -> None:
    source = saved(scene(), tmp_path / "a.jpg", quality=90)
    data = source.read_bytes()
    assert data[2:4] == b"\xff\xe0"
    source.write_bytes(data[:2] + data[20:])
    target = _rewritten(source)
    assert _segments(target.read_bytes()) == []
    assert np.abs(read_photo(target).pixels.astype(int) - read_photo(source).pixels).mean() < 0.5


def test_several_pictures_in_one_file_become_one(tmp_path: Path) -> None:
    first, second = Image.fromarray(scene()), Image.fromarray(scene()[::-1])
    source = tmp_path / "a.jpg"
    first.save(source, "MPO", save_all=True, append_images=[second])
    target = _rewritten(source)
    data = target.read_bytes()
    assert b"MPF\x00" not in data
    _, scan = split_header(data)
    assert end_of_image(data, scan) == len(data)
    with Image.open(target) as image:
        assert image.format == "JPEG"


def test_markers_inside_scans_do_not_end_the_image() -> None:
    options: dict[str, Any] = {"quality": 95, "progressive": True, "restart_marker_blocks": 3}
    encoded = io.BytesIO()
    Image.fromarray(scene()).save(encoded, "JPEG", **options)
    data = encoded.getvalue()
    _, scan = split_header(data)
    assert end_of_image(data + b"trailer\xff\xd9", scan) == len(data)
    assert end_of_image(data[:-2], scan) is None
