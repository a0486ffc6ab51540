"""A face, everything included but files: detection, crafting, rounding, measuring, in memory.

Photos with one face each go to the Protector together, as an album's do; seconds are those of a face.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.subjects import subjects
from faceguard import Photo, Protector
from faceguard.cli.argument_types import whole


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how many at once."""
    parser.add_argument(
        "--batches", nargs="+", type=whole(1), metavar="N", default=[1, 4, 16], help="default: 1 4 16"
    )
    parser.add_argument("--surrogates", nargs="+", metavar="NAME", default=["dlib"], help="default: dlib")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """By batch."""
    guard = Protector(surrogates=options.surrogates, device=str(bench.device))
    batches = [1] if bench.quick else options.batches
    photos = [Photo.from_array(subject.pixels) for subject in subjects(bench, max(batches))]
    for batch in batches:
        some = photos[:batch]
        faces = sum(len(result.faces) for result in guard.protect_photos(some))  # which warms up, too
        seconds = bench.timed(partial(guard.protect_photos, some), warm_up=0)
        values = tuple(each / max(1, faces) for each in seconds)
        yield Figure(f"{batch} photos at once", "s a face", values, facts={"faces": faces})
