"""An album, as `faceguard protect` does it in a process of its own: seconds a face, seconds a photo, memory.

Everything is included: starting, reading, detecting, crafting, measuring, writing. One run is one value, and
there is one run unless `--repeats` says otherwise.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.child import Child, faceguard, run_child
from benchmarks.figure import Fact, Figure
from benchmarks.sample_photos import write_album
from faceguard.cli.argument_types import above_zero, whole
from faceguard.errors import SettingsError
from faceguard.photos import MANIFEST_NAME, list_photos


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how many photos, and how large."""
    parser.add_argument("--photos", type=whole(1), metavar="N", default=1000, help="default: 1000")
    parser.add_argument(
        "--megapixels", type=above_zero, metavar="N", default=0.3, help="of the samples (default: 0.3)"
    )
    parser.add_argument(
        "--protect-options", nargs=argparse.REMAINDER, default=[], metavar="...",
        help="everything behind it goes to `faceguard protect`",
    )  # fmt: skip


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Runs it as often as `--repeats` says; once where nothing is said."""
    photos = 2 if bench.quick else options.photos
    repeats = options.repeats or 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "album"
        _fill(bench, folder, photos, options.megapixels)
        runs: list[Child] = []
        for number in range(repeats):
            output = Path(scratch) / f"protected-{number}"
            command = ["protect", str(folder), "--output", str(output), "--device", str(bench.device)]
            runs.append(run_child(faceguard(*command, *options.protect_options)))
        faces = faces_in(output / MANIFEST_NAME)
    seconds = [run.seconds(bench.clock.kind) for run in runs]
    facts: dict[str, Fact] = {"photos": photos, "faces": faces}
    yield Figure("album", "s", tuple(seconds), facts=facts)
    yield Figure("a photo", "s a photo", tuple(each / photos for each in seconds), facts=facts)
    if faces:
        yield Figure("a face", "s a face", tuple(each / faces for each in seconds), facts=facts)
    yield Figure("peak memory", "MiB", tuple(run.peak_mib for run in runs), facts=facts)


def _fill(bench: Bench, folder: Path, photos: int, megapixels: float) -> None:
    if bench.data is None:
        write_album(folder, photos, megapixels)
        return
    found = list(islice(list_photos(bench.data).photos, photos))
    if len(found) < photos:
        raise SettingsError(f"{bench.data}: only {len(found)} photos; --photos asks for {photos}")
    folder.mkdir()
    for number, photo in enumerate(found):
        name = f"{number:06}{photo.source.suffix}"
        (folder / name).symlink_to(photo.source.resolve())


def faces_in(manifest: Path) -> int:
    """How many faces an album's manifest says are protected."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return sum(len(json.loads(line).get("details", {}).get("faces", [])) for line in lines)
