"""Memory: does it grow over many photos, and how much does the largest photo take?

Each in a process of its own. An album of many photos is protected with a cloak of few steps, as the number of
steps does not change what is held, and the resident memory is read after each photo; the second half shows
whether it is flat. A few sample photos stand for all (links to the same files), so that making them costs
nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.bench import Bench
from benchmarks.child import faceguard, python, run_child
from benchmarks.figure import Figure
from benchmarks.photo_sizes import shape_of
from benchmarks.sample_photos import crowd, write_album, write_jpeg
from faceguard.cli.argument_types import above_zero, whole
from faceguard.photos import list_photos

_DIFFERENT = 40
_FACES = 6


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how many photos, and how large the largest is."""
    parser.add_argument("--photos", type=whole(4), metavar="N", default=1000, help="default: 1000")
    parser.add_argument("--steps", type=whole(1), metavar="N", default=1, help="of the cloak (default: 1)")
    parser.add_argument(
        "--megapixels", type=above_zero, metavar="N", default=0.3, help="of a sample (default: 0.3)"
    )
    parser.add_argument(
        "--largest", type=above_zero, metavar="N", default=100, help="in megapixels (default: 100)"
    )


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """The album first."""
    photos = 4 if bench.quick else options.photos
    with tempfile.TemporaryDirectory() as scratch:
        album = Path(scratch) / "album"
        _fill(bench, album, Path(scratch) / "samples", photos, options.megapixels)
        program = ["-m", "benchmarks.resident_memory", str(album), str(Path(scratch) / "protected")]
        child = run_child(python(*program, str(options.steps), str(bench.device), str(bench.threads)))
        resident = np.array([float(line) for line in child.output.split()])
        facts = {"photos": photos, "after the first": resident[0], "at the end": resident[-1]}
        yield Figure("album/growth", "MiB per 1,000 photos", (growth(resident),), facts=facts)
        yield Figure("album/peak", "MiB", (child.peak_mib,), facts={"photos": photos})
        largest = 0.2 if bench.quick else options.largest
        photo = Path(scratch) / "largest.jpg"
        write_jpeg(photo, crowd(*shape_of(largest), _FACES))
        target = str(Path(scratch) / "protected-largest")
        alone = run_child(faceguard("protect", str(photo), "--output", target, "--device", str(bench.device)))
        yield Figure(f"{largest:g} megapixels/peak", "MiB", (alone.peak_mib,), facts={"faces": _FACES})


def growth(resident: np.ndarray) -> float:
    """The slope of resident memory over the second half of an album, in its unit per 1,000 photos.

    Examples:
        >>> growth(np.array([100.0, 300.0, 500.0, 500.5, 501.0, 501.5]))
        500.0
    """
    half = resident[len(resident) // 2 :]
    slope = np.polynomial.Polynomial.fit(np.arange(len(half)), half, 1).convert().coef
    return round(1000 * float(slope[1]) if len(slope) > 1 else 0.0, 6)


def _fill(bench: Bench, album: Path, samples: Path, photos: int, megapixels: float) -> None:
    """An album of links to photos of data, or to a few samples."""
    if bench.data is None:
        write_album(samples, min(photos, _DIFFERENT), megapixels)
    sources = [photo.source.resolve() for photo in islice(list_photos(bench.data or samples).photos, photos)]
    album.mkdir()
    for number in range(photos):
        source = sources[number % len(sources)]
        (album / f"{number:06}{source.suffix}").symlink_to(source)
