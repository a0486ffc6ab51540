"""Decoding and encoding each format that this machine can write, at several sizes.

Encoding is what `faceguard protect` does with a protected photo: in the manner of its source, for lossy files
close to the old quality, metadata kept.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, features

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.photo_sizes import shape_of
from benchmarks.sample_photos import Pixels, crowd
from faceguard.cli.argument_types import above_zero
from faceguard.errors import SettingsError
from faceguard.photos import decode_photo, encode_photo

_FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 92},
    "PNG": {},
    "WEBP": {"quality": 90},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "BMP": {},
    "AVIF": {"quality": 80},
    "HEIF": {"quality": 80},
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds which formats, and how large."""
    parser.add_argument("--formats", nargs="+", choices=tuple(_FORMATS), default=list(_FORMATS))
    parser.add_argument(
        "--megapixels", nargs="+", type=above_zero, metavar="N", default=[1, 12], help="default: 1 12"
    )


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """By format and size: decoding, then encoding with a moved face."""
    if bench.data is not None:
        raise SettingsError("files are measured on photos of exact sizes: leave --data out")
    for name in options.formats:
        for megapixels in [0.05] if bench.quick else options.megapixels:
            data = _file(bench, name, crowd(*shape_of(megapixels), 1))
            if data is None:
                break
            yield from _both(bench, f"{name}/{megapixels:g} megapixels", data)


def _both(bench: Bench, place: str, data: bytes) -> Iterator[Figure]:
    photo = decode_photo(data)
    facts = {"MiB": len(data) / 2**20}
    yield Figure(f"{place}/decoding", "s", bench.timed(lambda: decode_photo(data)), facts=facts)
    moved = photo.pixels.copy()
    height, width = moved.shape[:2]
    face = moved[height // 4 : height // 2, width // 4 : width // 2]
    face[:] = face ^ np.uint8(4)
    yield Figure(f"{place}/encoding", "s", bench.timed(lambda: encode_photo(photo, moved)), facts=facts)


def _file(bench: Bench, name: str, pixels: Pixels) -> bytes | None:
    """A photo as a file of a format; None where it cannot be written here."""
    if name == "HEIF":
        try:
            import pillow_heif
        except ImportError:
            bench.note("HEIF: left out, pillow-heif is not installed")
            return None
        pillow_heif.register_heif_opener()
    if name == "AVIF" and not features.check("avif"):
        bench.note("AVIF: left out, this Pillow does not write it")
        return None
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, name, **_FORMATS[name])
    return file.getvalue()
