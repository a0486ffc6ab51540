"""A photo, from file to file: read, detected, protected and written, by size and number of faces."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.photo_sizes import shape_of
from benchmarks.sample_photos import crowd, write_jpeg
from faceguard import Protector
from faceguard.cli.argument_types import above_zero, whole
from faceguard.errors import SettingsError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds sizes and crowds."""
    parser.add_argument(
        "--megapixels", nargs="+", type=above_zero, metavar="N", default=[12, 48], help="default: 12 48"
    )
    parser.add_argument(
        "--faces", nargs="+", type=whole(0), metavar="N", default=[1, 6, 30], help="default: 1 6 30"
    )


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """By size and number of faces; JPEG in, JPEG out."""
    if bench.data is not None:
        raise SettingsError("photos are made in exact sizes: leave --data out")
    guard = Protector(device=str(bench.device))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "photo.jpg", Path(folder) / "protected.jpg"
        for megapixels in [0.05] if bench.quick else options.megapixels:
            for faces in [1] if bench.quick else options.faces:
                write_jpeg(source, crowd(*shape_of(megapixels), faces))

                def protect() -> int:
                    result = guard.protect(source)
                    result.save(target)
                    return len(result.faces)

                facts = {"faces": faces, "protected": protect()}
                seconds = bench.timed(protect, warm_up=0)
                yield Figure(f"{megapixels:g} megapixels/{faces} faces", "s", seconds, facts=facts)
