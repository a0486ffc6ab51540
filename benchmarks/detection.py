"""Each detector on photos of several sizes, from 0.04 to 48 megapixels, with faces as `--faces` says.

Detectors whose weights are not there are left out with a note.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.photo_sizes import shape_of
from benchmarks.sample_photos import crowd
from faceguard.cli.argument_types import above_zero, whole
from faceguard.errors import SettingsError
from faceguard.faces import detectors

_MEGAPIXELS = (0.04, 0.2, 1.0, 4.0, 12.0, 48.0)
_QUICK = (0.04,)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds which detectors, and on what."""
    here = [name for name in detectors.available() if ":" not in name]
    parser.add_argument("--detectors", nargs="+", metavar="NAME", default=here, help="default: all")
    parser.add_argument("--megapixels", nargs="+", type=above_zero, metavar="N", default=list(_MEGAPIXELS))
    parser.add_argument("--faces", nargs="+", type=whole(0), metavar="N", default=[1, 6], help="default: 1 6")
    parser.add_argument("--min-face", type=whole(1), default=24, metavar="PX", help="default: 24")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """By detector, size and number of faces."""
    if bench.data is not None:
        raise SettingsError("detection is measured on photos of exact sizes: leave --data out")
    for name in options.detectors:
        try:
            detector = detectors.load(name, str(bench.device), options.min_face)
        except SettingsError as error:
            bench.note(f"left out: {str(error).partition('. ')[0]}")
            continue
        for megapixels in _QUICK if bench.quick else options.megapixels:
            for faces in options.faces[:1] if bench.quick else options.faces:
                photo = crowd(*shape_of(megapixels), faces)
                found = len(detector.detect([photo])[0])
                seconds = bench.timed(partial(detector.detect, [photo]), warm_up=0)
                facts = {"faces": faces, "found": found, "width": photo.shape[1], "height": photo.shape[0]}
                yield Figure(f"{name}/{megapixels:g} megapixels/{faces} faces", "s", seconds, facts=facts)
