"""How long an exact search of a large gallery takes, and how much memory.

    python benchmarks/identification_search.py --threads 2 --output search.json

Made-up embeddings; the gallery's own memory is part of the peak. With `--faiss` the same search by FAISS's
flat index (pip install faiss-cpu) is timed beside it, and its answers are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evaluation.search import nearest
from faceguard.environment import device_name, versions

Floats = NDArray[np.float32]


def peak_gib() -> float:
    """The most memory this process has used so far, in GiB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**30 if sys.platform == "darwin" else 2**20)


def timed(search: Callable[[], object], repeats: int) -> dict[str, object]:
    """Seconds of a search after one that warms up: median, least, most, all."""
    search()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        search()
        seconds.append(round(time.perf_counter() - start, 3))
    return {"median": statistics.median(seconds), "least": min(seconds), "most": max(seconds), "all": seconds}


def flat_index(probes: Floats, gallery: Floats, k: int, threads: int) -> Callable[[], Any]:
    """The same search by FAISS, its index already built."""
    import faiss

    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(gallery.shape[1])
    index.add(gallery / np.linalg.norm(gallery, axis=1, keepdims=True))
    queries = probes / np.linalg.norm(probes, axis=1, keepdims=True)
    return lambda: index.search(queries, k)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Times an exact search of a large gallery.")
    parser.add_argument("--gallery", type=int, default=1_000_000, help="gallery entries")
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--k", type=int, default=20, help="neighbours of each probe")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--faiss", action="store_true", help="time FAISS's flat index too")
    parser.add_argument("--output", type=Path, help="a JSON file to write; otherwise it is printed only")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(0)
    gallery = rng.standard_normal((options.gallery, options.dimension), dtype=np.float32)
    probes = rng.standard_normal((options.probes, options.dimension), dtype=np.float32)
    found: dict[str, object] = {
        "settings": {key: entry for key, entry in vars(options).items() if key != "output"},
        "versions": versions(),
        "device": device_name(torch.device(options.device)),
        "load_before": os.getloadavg(),
        "gallery_gib": round(gallery.nbytes / 2**30, 3),
        "seconds": timed(lambda: nearest(probes, gallery, options.k, options.device), options.repeats),
        "peak_memory_gib": round(peak_gib(), 3),
    }
    if options.faiss:
        search = flat_index(probes, gallery, options.k, options.threads)
        entry = search()[1]
        same = np.mean(nearest(probes, gallery, options.k, options.device).entry == entry)
        found["faiss"] = {
            "version": version("faiss-cpu"),
            "seconds": timed(search, options.repeats),
            "same_entries": float(same),
            "peak_memory_gib": round(peak_gib(), 3),
        }
    text = json.dumps(found, indent=2)
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
