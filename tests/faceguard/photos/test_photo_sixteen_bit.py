"""16-bit photos are seen at 8 bits and written at 16: untouched pixels stay bit for bit."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from made_photos import ICC_PROFILE, png_chunk, sixteen_bit, with_png_chunks

from faceguard.photos import encode_photo, png_chunks, read_photo, write_photo
from faceguard.photos.formats.png import Png
from faceguard.photos.samples import Samples

Deep = npt.NDArray[np.uint16]


def _png(path: Path, samples: Deep, colour_type: int) -> Path:
    shaped = samples[:, :, None] if samples.ndim == 2 else samples
    path.write_bytes(png_chunks.join(png_chunks.pixel_chunks(shaped, colour_type)))
    return path


def _changed(view: npt.NDArray[np.uint8], grey: bool) -> npt.NDArray[np.uint8]:
    asked = view.copy()
    asked[5:15, 5:15] ^= 6
    if grey:
        asked[...] = asked[:, :, :1]
    return asked


def _expected(samples: Deep, view: npt.NDArray[np.uint8], asked: npt.NDArray[np.uint8]) -> Deep:
    step = asked.astype(int) - view
    if samples.ndim == 2:
        step = step[:, :, 0]
    return (samples + 257 * step).clip(0, 65535).astype(np.uint16)


def test_own_png_encoder_is_read_by_others(tmp_path: Path) -> None:
    for channels, colour_type in ((1, 0), (3, 2), (4, 6)):
        # More rows than are filtered at once, of a smooth picture so that every filter is used.
        samples = sixteen_bit(300, 20, channels) // 64 + np.linspace(0, 60000, 300).astype(np.uint16).reshape(
            -1, *[1] * (2 if channels > 1 else 1)
        )
        data = _png(tmp_path / "a.png", samples, colour_type).read_bytes()
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if channels > 1:
            read = read[:, :, [2, 1, 0, 3][:channels]]
        assert np.array_equal(read, samples)


@pytest.mark.parametrize(("colours", "alpha", "colour_type"), [(1, 0, 0), (1, 1, 4), (3, 0, 2), (3, 1, 6)])
def test_png(tmp_path: Path, colours: int, alpha: int, colour_type: int) -> None:
    samples = sixteen_bit(channels=colours + alpha)
    photo = read_photo(_png(tmp_path / "a.png", samples, colour_type))
    assert photo.grey == (colours == 1)
    colour = samples if alpha == 0 else samples[:, :, :colours].squeeze()
    asked = _changed(photo.pixels, photo.grey)
    write_photo(photo, asked, tmp_path / "b.png")
    again = read_photo(tmp_path / "b.png")
    assert np.array_equal(again.pixels, asked)

    new = Png().decode((tmp_path / "b.png").read_bytes())
    assert np.array_equal(new.colour, _expected(colour, photo.pixels, asked))
    if alpha:
        assert new.alpha is not None
        assert np.array_equal(new.alpha, samples[:, :, -1])


def test_transparent_colour_of_a_16_bit_png(tmp_path: Path) -> None:
    samples = sixteen_bit()
    samples[3, 4] = (1000, 2000, 3000)
    data = _png(tmp_path / "a.png", samples, 2).read_bytes()
    key = b"".join(value.to_bytes(2, "big") for value in (1000, 2000, 3000))
    (tmp_path / "a.png").write_bytes(with_png_chunks(data, png_chunk(b"tRNS", key)))
    photo = read_photo(tmp_path / "a.png")
    write_photo(photo, photo.pixels, tmp_path / "b.png")
    new = cv2.imread(str(tmp_path / "b.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(new[:, :, 2::-1], samples)
    assert new[3, 4, 3] == 0
    assert (new[:, :, 3] == 0).sum() == 1


def test_chunks_of_a_16_bit_png_stay(tmp_path: Path) -> None:

    profile = b"sRGB\x00\x00" + zlib.compress(ICC_PROFILE)
    chunks = [
        png_chunk(b"gAMA", (45455).to_bytes(4, "big")),
        png_chunk(b"iCCP", profile),
        png_chunk(b"pHYs", bytes(9)),
        png_chunk(b"sBIT", b"\x0c\x0c\x0c"),
        png_chunk(b"tEXt", b"Title\x00x"),
    ]
    data = _png(tmp_path / "a.png", sixteen_bit(), 2).read_bytes()
    (tmp_path / "a.png").write_bytes(with_png_chunks(data, *chunks))
    photo = read_photo(tmp_path / "a.png")
    assert b"".join(chunks) in encode_photo(photo, photo.pixels)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("predictor", [False, True])
@pytest.mark.parametrize(
    ("channels", "photometric"), [(1, "minisblack"), (3, "rgb"), (4, "rgb"), (2, "minisblack")]
)
def test_tiff(tmp_path: Path, channels: int, photometric: str, predictor: bool, order: str) -> None:
    samples = sixteen_bit(channels=channels)
    extra = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    compression = {"compression": "zlib", "predictor": True} if predictor else {}
    tifffile.imwrite(
        tmp_path / "a.tif", samples, photometric=photometric, planarconfig="contig" if channels > 1 else None,
        byteorder=order, metadata=None, **extra, **compression,
    )  # fmt: skip
    photo = read_photo(tmp_path / "a.tif")
    asked = _changed(photo.pixels, photo.grey)
    write_photo(photo, asked, tmp_path / "b.tif")
    assert np.array_equal(read_photo(tmp_path / "b.tif").pixels, asked)
    new = tifffile.imread(tmp_path / "b.tif")
    colours = 1 if channels < 3 else 3
    colour = samples if channels == colours else samples[:, :, :colours].squeeze()
    new_colour = new if channels == colours else new[:, :, :colours].squeeze()
    assert np.array_equal(new_colour, _expected(colour, photo.pixels, asked))
    if channels != colours:
        assert np.array_equal(new[:, :, -1], samples[:, :, -1])


def test_every_value_moves_by_exactly_the_asked_step() -> None:
    samples = Samples(np.arange(65536, dtype=np.uint16).reshape(256, 256))
    view = samples.view()
    for step in (-8, -1, 1, 8):
        asked = (view.astype(int) + step).clip(0, 255).astype(np.uint8)
        assert np.array_equal(samples.with_view(asked).view(), asked)
    assert np.array_equal(samples.with_view(view).colour, samples.colour)
