"""Where the time of a face goes, from its file to the protected file: an album, stage by stage.

Each stage is told without the stages inside it, so that they add up to the whole; `the rest` is what no
stage accounts for. An album is worked on in several threads, so that by the wall's clock the stages may come
to more than the time that passes, and `the rest` to less than nothing. `--threads 1 --clock cpu` tells most:
each stage then has what its own thread used of the processor.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import recognizers
from benchmarks.backward import NETWORK, VIEWS, dividing_backward
from benchmarks.bench import Bench
from benchmarks.clock import ThreadClock
from benchmarks.figure import Figure
from benchmarks.sample_photos import write_jpeg
from benchmarks.stopwatch import Stage, Stopwatch, watching
from benchmarks.subjects import subjects
from faceguard import Protector, protect_album
from faceguard.cli.argument_types import whole
from faceguard.photos import list_photos

STAGES = [
    Stage("decoding", "faceguard.photos.reading:read_photo"),
    Stage("detection", "faceguard.protector:Protector.find_faces", whole=True),
    Stage("clean embeddings", "faceguard.engine.sight:views", whole=True),
    Stage("cutting out", "faceguard.engine.patches:cut"),
    Stage("cutting out", "faceguard.engine.patches:batch"),
    Stage("views", "faceguard.engine.views:View.of_rounded"),
    Stage("warp", "faceguard.engine.views:cut_out"),
    Stage("objective", "faceguard.methods.cloak:AwayFromPerson.loss"),
    Stage("direction", "faceguard.engine.descent:direction_of"),
    Stage("projection", "faceguard.engine.budget:Room.kept"),
    Stage("the solver's rest", "faceguard.engine.solver:Solver.solve"),
    Stage("rounding into the photo", "faceguard.engine.patches:put_back"),
    Stage("measuring: the file as written", "faceguard.photos.as_written:as_written", whole=True),
    Stage("measuring: similarity", "faceguard.measures.similarity:similarities", whole=True),
    Stage("measuring: quality", "faceguard.measures.quality:face_quality", whole=True),
    Stage("encoding", "faceguard.photos.writing:write_photo"),
    Stage("writing", "faceguard.photos.atomic_files:write_atomically"),
]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how many photos."""
    parser.add_argument("--photos", type=whole(1), metavar="N", default=16, help="default: 16")
    parser.add_argument("--surrogates", nargs="+", metavar="NAME", default=["dlib"], help="default: dlib")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """One value for each run over the album."""
    guard = Protector(surrogates=options.surrogates, device=str(bench.device))
    stages = [*STAGES, *_looks(options.surrogates)]
    runs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as scratch:
        album = _album(bench, Path(scratch) / "album", 1 if bench.quick else options.photos)
        guard.protect(list_photos(album[0]).photos[0].source)  # warms up
        for number in range(bench.repeats):
            watch = Stopwatch(ThreadClock(bench.clock.kind, bench.device))
            with watching(watch, stages) as missing, dividing_backward(watch):
                start = bench.clock.read()
                done = list(protect_album(guard, album, Path(scratch) / f"protected-{number}"))
                total = bench.clock.read() - start
            for place in missing:
                bench.note(f"{place} is no longer there: its time is in another stage")
            faces = max(1, sum(len(outcome.details.get("faces", [])) for outcome in done))
            found = {**watch.seconds, "the rest": total - sum(watch.seconds.values()), "all": total}
            runs.append({stage: 1000 * seconds / faces for stage, seconds in found.items()})
    order = dict.fromkeys([*(stage.name for stage in stages), NETWORK, VIEWS, "the rest", "all"])
    whole_time = sum(run["all"] for run in runs)
    for name in order:
        values = tuple(run.get(name, 0.0) for run in runs)
        facts = {"share": sum(values) / whole_time, "calls": watch.calls[name], "faces": faces}
        yield Figure(name, "ms a face", values, facts=facts)


def _looks(surrogates: list[str]) -> list[Stage]:
    """What shows the surrogates the crops."""
    kinds = {type(recognizers.load(name)) for name in surrogates}
    return [Stage("network forward", f"{kind.__module__}:{kind.__qualname__}.view") for kind in kinds]


def _album(bench: Bench, folder: Path, photos: int) -> list[Path]:
    """Photos of data as they are, or samples with one face each."""
    if bench.data is not None:
        return [photo.source for photo in islice(list_photos(bench.data).photos, photos)]
    folder.mkdir()
    for number, subject in enumerate(subjects(bench, photos)):
        write_jpeg(folder / f"{number:06}.jpg", subject.pixels)
    return [folder]
