"""The command line: `python -m benchmarks NAME [options]`. What is slow to load is loaded by name."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from benchmarks.figure import Figure
from benchmarks.record import Record, load, machine
from faceguard.cli.argument_types import whole
from faceguard.errors import FaceguardError, SettingsError

if TYPE_CHECKING:
    from benchmarks.bench import Bench

BENCHMARKS = {
    "solver-step": "one step of the solver, and the network alone: batch, type, memory format, threads",
    "stages": "where the time of a face goes",
    "face": "one face, everything included, in batches",
    "photo": "one photo of 12 or 48 megapixels with 1 to 30 faces",
    "new-photo": "a new photo with a stored mask, and by the online method",
    "album": "a whole album: seconds a face, peak memory",
    "start-up": "`faceguard --help`, `import faceguard`, the first protected photo",
    "detection": "each detector on photos of several sizes",
    "files": "decoding and encoding each format",
    "memory": "resident memory over many photos, and the peak of a 100-megapixel photo",
    "peers": "torchattacks, foolbox and ART side by side, to the same effect",
    "identification-search": "an exact search of a large gallery",
    "server": "how fast `faceguard serve` answers while it protects",
}
_READERS = {
    "compare": "two records: what moved by more than the spread",
    "table": "records as Markdown tables",
}


class Measuring(Protocol):
    """A benchmark's module."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Adds the options that only this benchmark has."""
        ...

    def measure(self, bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
        """Measures; figures come as soon as they are known."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one benchmark, or reads the records of some.

    Args:
        argv: The words after `python -m benchmarks`; None for those of the process.

    Returns:
        The exit status: 0, 1 when something went wrong, 2 for wrong usage or settings.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words and words[0] in _READERS:
            return int(import_module(f"benchmarks.{words[0]}").main(words[1:]))
        if not words:
            _overview().print_help()
            return 2
        name = str(_overview().parse_args(words[:1]).name)
        return _run(name, words[1:])
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FaceguardError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output has gone; see faceguard.cli
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _overview() -> argparse.ArgumentParser:
    everything = {**BENCHMARKS, **_READERS}
    lines = "\n".join(f"  {name:<22} {what}" for name, what in everything.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measures speed and memory.\n\n{lines}\n\n`python -m benchmarks NAME --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s NAME [options]",
    )
    parser.add_argument("name", choices=tuple(everything), metavar="NAME", help="one of these")
    return parser


def _parser(name: str, module: Measuring) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}",
        description=sys.modules[_module(name)].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_options(parser)
    common = parser.add_argument_group("all benchmarks")
    common.add_argument("--output", metavar="FILE", type=Path, help="a JSON file to write")
    common.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu")
    common.add_argument("--threads", metavar="N", type=whole(1), help="default: all cores")
    common.add_argument("--repeats", metavar="N", type=whole(1), help="default: 5")
    common.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="wall (default), or the processor's time, for a machine that others use too",
    )
    common.add_argument("--data", metavar="DIR", type=Path, help="your photos instead of the samples")
    common.add_argument("--quick", action="store_true", help="seconds only, to try it out: no figures to use")
    return parser


def _module(name: str) -> str:
    return f"benchmarks.{name.replace('-', '_')}"


def _run(name: str, words: Sequence[str]) -> int:
    module = cast(Measuring, import_module(_module(name)))
    options = _parser(name, module).parse_args(words)
    before = load()
    bench = _bench(options)
    figures: list[Figure] = []
    if bench.quick:
        bench.note("--quick: too few and too small to compare with anything")
    for figure in module.measure(bench, options):
        print(figure.text(), flush=True)
        figures.append(figure)
    stated = {key: _plain(entry) for key, entry in vars(options).items() if key != "output"}
    record = Record(name, stated, machine(bench, before), tuple(figures), tuple(bench.notes))
    if options.output is not None:
        record.write(options.output)
    return 0


def _bench(options: argparse.Namespace) -> Bench:
    import cv2
    import torch

    from benchmarks.bench import Bench
    from benchmarks.clock import Clock
    from faceguard.settings import devices

    device = devices.choose(options.device)
    threads = options.threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for the processes that some benchmarks start
    if options.data is not None and not options.data.is_dir():
        raise SettingsError(f"{options.data}: no such folder; --data takes a folder of photos")
    repeats = options.repeats or (2 if options.quick else 5)
    return Bench(device, Clock(options.clock, device), threads, repeats, options.quick, options.data)


def _plain(entry: object) -> object:
    return str(entry) if isinstance(entry, Path) else entry
