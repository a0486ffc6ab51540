"""An exact search of a large gallery: seconds, and memory with the gallery itself.

Made-up embeddings. With `--faiss` the same search by FAISS's flat index (pip install faiss-cpu) is timed in
turn with it, and the answers are compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench import Bench
from benchmarks.figure import Figure
from benchmarks.measurement import Work, taking_turns
from evaluation.benchmarks.conditions import peak_memory
from evaluation.search import nearest
from faceguard.cli.argument_types import whole
from faceguard.errors import SettingsError

Floats = NDArray[np.float32]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how large the gallery is, and what is asked of it."""
    parser.add_argument("--gallery", type=whole(1), metavar="N", default=1_000_000, help="default: 1,000,000")
    parser.add_argument("--probes", type=whole(1), metavar="N", default=1000, help="default: 1,000")
    parser.add_argument("--dimension", type=whole(1), metavar="N", default=128, help="default: 128")
    parser.add_argument("--k", type=whole(1), metavar="N", default=20, help="neighbours (default: 20)")
    parser.add_argument("--faiss", action="store_true", help="time FAISS's flat index too")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Ours first; memory is the whole process's."""
    entries, count = (1000, 10) if bench.quick else (options.gallery, options.probes)
    rng = np.random.default_rng(0)
    gallery = rng.standard_normal((entries, options.dimension), dtype=np.float32)
    probes = rng.standard_normal((count, options.dimension), dtype=np.float32)
    device = str(bench.device)
    works: dict[str, Work] = {"faceguard": lambda: nearest(probes, gallery, options.k, device)}
    if options.faiss:
        search = _flat_index(probes, gallery, options.k, bench.threads)
        bench.note(f"faiss-cpu {version('faiss-cpu')}")
        works["faiss"] = search
        same = np.mean(nearest(probes, gallery, options.k, device).entry == search()[1])
        yield Figure("faiss/same entries", "share", (float(same),), more_is_better=True)
    for name, seconds in taking_turns(works, bench.clock, repeats=bench.repeats).items():
        yield Figure(name, "s", seconds, facts={"gallery GiB": gallery.nbytes / 2**30})
    peak = peak_memory(bench.device)["peak_memory_mib"].value
    if peak is not None:
        yield Figure("peak memory", "MiB", (peak,))


def _flat_index(probes: Floats, gallery: Floats, k: int, threads: int) -> Callable[[], Any]:
    """The same search by FAISS, its index already built."""
    try:
        import faiss
    except ImportError as error:
        raise SettingsError("--faiss: FAISS is not installed (pip install faiss-cpu)") from error
    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(gallery.shape[1])
    index.add(gallery / np.linalg.norm(gallery, axis=1, keepdims=True))
    queries = probes / np.linalg.norm(probes, axis=1, keepdims=True)
    return lambda: index.search(queries, k)
