"""Every file that cannot be used is refused with one clear line, and nothing crashes."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from made_photos import png_chunk, saved, scene, with_png_chunks
from PIL import Image, ImageFile

from faceguard.errors import PhotoError
from faceguard.photos import read_photo, write_photo
from faceguard.photos.formats.jpeg import Jpeg


def _reason(path: Path, **options: Any) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path, **options)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (b"Dear photo,\n", "text"),
        ("Grüße\n".encode() * 300, "text"),
        (b"<html><body>404</body></html>", "text"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "video"),
        (b"\x80\x81\xfe\xff\x00" * 20, "unknown"),
        (b"II\x2b\x00\x08\x00\x00\x00", "BigTIFF"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "truncated"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"RIFF\xff\x00\x00\x00WEBPVP8 ", "truncated"),
        (b"II\x2a\x00\x08\x00\x00\x00", "damaged"),
        (b"GIF89a", "damaged"),
    ],
)
def test_contents_that_are_no_photo(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert said in _reason(path)


FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("a.jpg", {"quality": 95}),
    ("b.jpg", {"progressive": True, "quality": 95}),
    ("a.png", {}),
    ("a.webp", {"quality": 90}),
    ("b.webp", {"lossless": True}),
    ("a.tif", {"compression": "tiff_lzw"}),
    ("b.tif", {"compression": "raw"}),
    ("a.bmp", {}),
    ("a.avif", {}),
]


@pytest.mark.parametrize(("name", "options"), FORMATS)
@pytest.mark.parametrize("tolerant", [False, True])
def test_cut_off_files_are_refused_wherever_they_are_cut(
    tmp_path: Path, name: str, options: dict[str, Any], tolerant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)
    path = saved(scene(), tmp_path / name, **options)
    data = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(data[: int(share * len(data))])
        assert any(word in _reason(path) for word in ("truncated", "damaged", "not a photo"))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is tolerant


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_damaged_files_end_in_a_photo_or_a_photo_error(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    data = saved(scene(), tmp_path / name, **options).read_bytes()
    random = np.random.default_rng(7)
    for _ in range(30):
        damaged = np.frombuffer(data, np.uint8).copy()
        where = random.integers(0, min(len(damaged), 400), 3)
        damaged[where] = random.integers(0, 256, 3, dtype=np.uint8)
        (tmp_path / name).write_bytes(damaged.tobytes())
        with suppress(PhotoError):
            photo = read_photo(tmp_path / name)
            write_photo(photo, photo.pixels, tmp_path / "out")
            assert photo.pixels.ndim == 3
            assert (tmp_path / "out").stat().st_size > 0
            (tmp_path / "out").unlink()


def test_a_jpeg_filled_up_with_zeros_is_refused(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.jpg")
    data = path.read_bytes()
    half = len(data) // 2 + 300
    path.write_bytes(data[:half] + bytes(len(data) - half))
    assert "truncated" in _reason(path)


def test_a_png_with_flipped_bits_is_refused(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.png")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    assert "damaged" in _reason(path)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animations_are_refused(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.roll(scene(), 9 * i, axis=1)) for i in range(3)]
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50)
    assert _reason(path) == "animated image with 3 frames: only still photos can be protected"


def test_a_still_gif_is_refused_with_advice(tmp_path: Path) -> None:
    assert "convert" in _reason(saved(Image.fromarray(scene()).convert("P"), tmp_path / "a.gif"))


def test_several_pages_are_refused(tmp_path: Path) -> None:
    page = Image.fromarray(scene())
    page.save(tmp_path / "a.tif", save_all=True, append_images=[page, page])
    assert "3 pages" in _reason(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((8, 8), np.float32), "floating-point"),
        (np.zeros((8, 8), np.int16), "signed-integer"),
        (np.zeros((8, 8), np.uint32), "32 bits"),
    ],
)
def test_other_number_types_are_refused(tmp_path: Path, pixels: Any, said: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    assert said in _reason(tmp_path / "a.tif")


def test_raw_files_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", scene(), photometric="rgb", subfiletype=1)
    assert "raw file" in _reason(tmp_path / "a.tif")
    dng = [(50706, 1, 4, b"\x01\x04\x00\x00", True)]
    tifffile.imwrite(tmp_path / "b.tif", scene(), photometric="rgb", extratags=dng)
    assert "raw file" in _reason(tmp_path / "b.tif")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp", "avif"])
def test_too_many_pixels_are_refused_with_both_numbers(tmp_path: Path, suffix: str) -> None:
    path = saved(scene(), tmp_path / f"a.{suffix}")
    assert read_photo(path, max_pixels=64 * 80).pixels.shape == (64, 80, 3)
    reason = _reason(path, max_pixels=64 * 80 - 1)
    assert "80 × 64" in reason
    assert "--max-pixels" in reason


def test_a_200_megapixel_photo_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = saved(Image.new("1", (8, 8)), tmp_path / "a.png")
    data = path.read_bytes()
    size = (20000).to_bytes(4, "big") + (10000).to_bytes(4, "big")
    path.write_bytes(data[:8] + png_chunk(b"IHDR", size + data[24:29]) + data[33:])
    reason = _reason(path)
    assert "200.0 megapixels" in reason
    assert "120.0" in reason


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp"])
def test_pillows_own_limit_neither_warns_nor_stops(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(scene(), tmp_path / f"a.{suffix}")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo = read_photo(path)
    assert photo.pixels.shape == (64, 80, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_extension_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(scene()).save(path, "PNG")
    assert read_photo(path).format_name == "PNG"


def test_a_png_with_one_frame_is_a_photo(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.png")
    path.write_bytes(with_png_chunks(path.read_bytes(), png_chunk(b"acTL", b"\x00\x00\x00\x01" + bytes(4))))
    assert np.array_equal(read_photo(path).pixels, scene())


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert "folder" in _reason(tmp_path)
    assert "no such file" in _reason(tmp_path / "gone.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "pipe" in _reason(tmp_path / "a.jpg")


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="needs Unix permissions")
def test_files_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(scene(), tmp_path / "a.jpg")
    if os.geteuid() == 0:

        def refuse(self: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", refuse)
    else:
        path.chmod(0)
    assert _reason(path) == "cannot be read: permission denied"


def test_not_enough_memory_is_a_problem_of_one_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def too_much(self: Jpeg, data: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(Jpeg, "decode", too_much)
    assert "memory" in _reason(saved(scene(), tmp_path / "a.jpg"))


def test_a_webp_whose_canvas_is_larger_than_its_picture_is_refused(tmp_path: Path) -> None:
    path = saved(
        Image.fromarray(scene()).convert("RGBA"), tmp_path / "a.webp", exif=b"MM\x00\x2a\x00\x00\x00\x08"
    )
    data = bytearray(path.read_bytes())
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xfe\x3f\x00" * 2
    path.write_bytes(data)
    assert "another size" in _reason(path)


def test_16_bit_tiff_files_pillow_would_reduce_are_refused(tmp_path: Path) -> None:
    lab = np.zeros((8, 8, 3), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", lab, photometric="cielab")
    assert "16-bit" in _reason(tmp_path / "a.tif")
