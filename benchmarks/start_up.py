"""Start-up, each in a process of its own: what a command costs before it does anything.

`python` is the interpreter alone, which nothing can go below. The first photo is scikit-image's astronaut,
from the command's start to the written file.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.child import faceguard, python, run_child
from benchmarks.figure import Figure
from benchmarks.sample_photos import portrait, write_jpeg

_MOST_FIRST_PHOTOS = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Has none of its own."""


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Each command after one that fills the disk's cache."""
    commands = {
        "python": python("-c", "pass"),
        "import faceguard": python("-c", "import faceguard"),
        "faceguard --help": faceguard("--help"),
    }
    for name, command in commands.items():
        run_child(command)
        runs = [run_child(command) for _ in range(bench.repeats)]
        yield Figure(name, "s", tuple(run.seconds(bench.clock.kind) for run in runs))
    if bench.quick:
        return
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "astronaut.jpg"
        write_jpeg(photo, portrait())
        device = str(bench.device)
        runs = [
            run_child(
                faceguard("protect", str(photo), "--output", str(Path(folder) / str(n)), "--device", device)
            )
            for n in range(1 + min(_MOST_FIRST_PHOTOS, bench.repeats))
        ][1:]
    seconds = tuple(run.seconds(bench.clock.kind) for run in runs)
    yield Figure("first protected photo", "s", seconds, facts={"peak MiB": max(r.peak_mib for r in runs)})
