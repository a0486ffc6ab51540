"""One step of the solver: milliseconds a face, GFLOP/s, and the share of this machine's peak.

For each recogniser and batch: the network alone, forward, and forward with the gradient to its input, in each
type and memory format; and the step as `faceguard protect` takes it, views, warps, projection and all, in
whatever arithmetic the engine chooses; with several threads also as albums are protected, where each thread
has a batch of its own. The peak is the most that matrix products of the same type reach in the same run. A
step's own share counts the network's operations only: all else it does is overhead.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import cv2
import torch
from torch import Tensor

import recognizers
from benchmarks.arithmetic import arithmetic
from benchmarks.bench import Bench
from benchmarks.figure import Fact, Figure
from benchmarks.flops import gflop
from benchmarks.measurement import Seconds, Work
from benchmarks.networks import Forward, forward_of, network_of
from benchmarks.peak import peak
from benchmarks.subjects import Subject, subjects
from faceguard import methods
from faceguard.album.lookahead import looked_ahead
from faceguard.cli.argument_types import whole
from faceguard.engine.precision import crafting_autocast
from faceguard.engine.sight import aligned_crops, views
from faceguard.people.typical_face import typical_features
from recognizers import Recognizer, Views

_TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_LAYOUTS = {"contiguous": torch.contiguous_format, "channels-last": torch.channels_last}
_EPSILON = 8.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what is gone through."""
    parser.add_argument("--recognisers", nargs="+", metavar="NAME", default=["dlib"], help="default: dlib")
    parser.add_argument("--batches", nargs="+", type=whole(1), metavar="N", default=[1, 4, 16, 64])
    parser.add_argument("--types", nargs="+", choices=tuple(_TYPES), default=list(_TYPES))
    parser.add_argument("--layouts", nargs="+", choices=tuple(_LAYOUTS), default=list(_LAYOUTS))
    parser.add_argument(
        "--thread-counts", nargs="+", type=whole(1), metavar="N", help="default: --threads alone"
    )
    parser.add_argument(
        "--compile", action="store_true", help="the network as torch.compile makes it, too: minutes more"
    )
    parser.add_argument("--steps", type=whole(2), metavar="N", default=21, help="of the solver, each through "
                        "another view; the first is not counted (default: 21)")  # fmt: skip


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Peaks first, then each recogniser by batch."""
    batches = [1, 2] if bench.quick else options.batches
    steps = 3 if bench.quick else options.steps
    faces = subjects(bench, max(batches))
    try:
        for threads in options.thread_counts or [bench.threads]:
            torch.set_num_threads(threads)
            cv2.setNumThreads(threads)
            yield from _peaks(bench, threads, options.types)
            for name in options.recognisers:
                for batch in batches:
                    place = f"{name}/{threads} threads/batch {batch}"
                    yield from _one(bench, name, faces[:batch], threads, place, options, steps)
    finally:
        torch.set_num_threads(bench.threads)
        cv2.setNumThreads(bench.threads)


def _peaks(bench: Bench, threads: int, types: list[str]) -> Iterator[Figure]:
    for kind in types:
        most = peak(_TYPES[kind], threads, bench.clock, bench.quick)
        yield Figure(f"peak/{threads} threads/{kind}", "GFLOP/s", (most,), more_is_better=True)


def _one(
    bench: Bench,
    name: str,
    faces: list[Subject],
    threads: int,
    place: str,
    options: argparse.Namespace,
    steps: int,
) -> Iterator[Figure]:
    recogniser = recognizers.load(name, bench.device)
    crops = torch.cat([aligned_crops(s.pixels, [s.face], recogniser.crop) for s in faces]).to(bench.device)
    crafting = _Crafting(bench, recogniser, faces, steps)
    seconds, engine = crafting.steps()
    look = _look(recogniser, crops)
    looking = bench.timed(look)
    network = network_of(recogniser)
    if network is None:
        work = gflop(look) / len(faces)
    else:  # a recogniser may compute in a way that the counter does not see
        forward, values = forward_of(network, recogniser, crops, torch.float32, torch.contiguous_format)
        work = gflop(_passes(forward, values)["forward and gradient"]) / len(faces)
    most = peak(engine, threads, bench.clock, bench.quick)
    facts: dict[str, Fact] = {"engine": str(engine).removeprefix("torch.")}
    yield _figure(f"{place}/solver step", seconds, len(faces), work, most, facts)
    if threads > 1:
        side_by_side = crafting.steps_side_by_side(threads)
        title = f"{place}/solver step, a batch on each thread"
        yield _figure(title, side_by_side, len(faces), work, most, facts)
    yield _figure(f"{place}/surrogate's look and gradient", looking, len(faces), work, most, facts)
    if network is None:
        bench.note(f"{name}: has no network of its own to measure alone")
        return
    for kind in options.types:
        most = peak(_TYPES[kind], threads, bench.clock, bench.quick)
        for layout in options.layouts:
            forward, values = forward_of(network, recogniser, crops, _TYPES[kind], _LAYOUTS[layout])
            for what, run in _passes(forward, values).items():
                work = gflop(run) / len(faces)
                title = f"{place}/{what}/{kind}/{layout}"
                yield _figure(title, bench.timed(run), len(faces), work, most, {})
                if options.compile:
                    yield from _compiled(bench, title, run, len(faces), work, most)


def _compiled(bench: Bench, title: str, run: Work, faces: int, work: float, most: float) -> Iterator[Figure]:
    """The same pass compiled, and what its first call costs."""
    torch.compiler.reset()
    compiled = torch.compile(run)
    start = bench.clock.read()
    compiled()
    first = bench.clock.read() - start
    yield _figure(
        f"{title}/compiled", bench.timed(compiled), faces, work, most, {"seconds to compile": first}
    )


def _passes(forward: Forward, values: Tensor) -> dict[str, Work]:
    """A pass without gradients, and one with the gradient to the network's input."""
    return {
        "forward": torch.no_grad()(forward),
        "forward and gradient": lambda: torch.autograd.grad(forward().float().sum(), values),
    }


def _look(recogniser: Recognizer, crops: Tensor) -> Work:
    """What a step asks of a surrogate, in crafting's arithmetic: a look, and the gradient to the crops."""
    wanted = crops.clone().requires_grad_()

    def look() -> tuple[Tensor, ...]:
        with crafting_autocast(crops.device):
            embeddings = recogniser.view(wanted).embedding
        return torch.autograd.grad(embeddings.float().sum(), wanted)

    return look


class _Crafting:
    """The usual cloak of some faces, in so many steps."""

    def __init__(self, bench: Bench, recogniser: Recognizer, faces: list[Subject], steps: int) -> None:
        usual = methods.load_cloak("cloak", _EPSILON)
        self._bench = bench
        self._cloak = replace(usual, solver=replace(usual.solver, steps=steps))
        self._recogniser = recogniser
        self._patches = [subject.patch for subject in faces]
        seen = [views(s.pixels, [s.face], recogniser, bench.device) for s in faces]
        features = [torch.cat(each) for each in zip(*(view.features for view in seen), strict=True)]
        self._own = Views(torch.cat([view.embedding for view in seen]), features)

    def steps(self) -> tuple[Seconds, torch.dtype]:
        """Seconds of a step for each repeat, the mean over all but the first; and the arithmetic."""
        engine = arithmetic(self._moments)  # which warms up, too
        each = (self._moments() for _ in range(self._bench.repeats))
        return tuple((seen[-1] - seen[0]) / (len(seen) - 1) for seen in each), engine

    def steps_side_by_side(self, threads: int) -> Seconds:
        """Seconds of a step where each thread has its own batch: all over the steps of all batches."""
        batches = 2 * threads

        def craft() -> None:
            for _, crafted in looked_ahead(lambda _: self._moments(), range(batches), threads):
                crafted.result()

        steps = self._cloak.solver.steps * batches
        return tuple(each / steps for each in self._bench.timed(craft))

    def _moments(self) -> list[float]:
        """When each step was over."""
        seen: list[float] = []
        self._cloak(
            self._patches,
            [self._recogniser],
            [self._own],
            [typical_features(self._recogniser, self._bench.device)],
            self._bench.device,
            0,
            lambda _: seen.append(self._bench.clock.read()),
        )
        return seen


def _figure(
    name: str, seconds: Seconds, faces: int, work: float, most: float, facts: dict[str, Fact]
) -> Figure:
    """Milliseconds a face, with the operations a second that they come to."""
    values = tuple(1000 * each / faces for each in seconds)
    figure = Figure(name, "ms a face", values)
    rate = work / (figure.median / 1000)
    return replace(figure, facts={"gflop": work, "gflop/s": rate, "share of peak": rate / most, **facts})
