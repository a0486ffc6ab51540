"""Protects an album with a cloak of few steps and prints the resident memory after each photo, in MiB.

    python -m benchmarks.resident_memory ALBUM OUTPUT STEPS DEVICE THREADS

A process of its own, started by `benchmarks.memory`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

_STATUS = Path("/proc/self/statm")


def main(argv: Sequence[str]) -> None:
    """Prints one line for each photo."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from faceguard import Protector, methods, protect_album
    from faceguard.methods.cloak import FeatureCloak

    album, output, steps, device, threads = argv
    torch.set_num_threads(int(threads))
    usual = methods.load_cloak

    def short(name: str, epsilon: float) -> FeatureCloak:
        cloak = usual(name, epsilon)
        return replace(cloak, solver=replace(cloak.solver, steps=int(steps)))

    methods.load_cloak = short
    for _ in protect_album(Protector(device=device), album, output):
        print(resident_mib(), flush=True)


def resident_mib() -> float:
    """What this process holds in main memory now."""
    if not _STATUS.exists():
        raise SystemExit("this system does not tell a process's resident memory: there is no /proc")
    pages = int(_STATUS.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main(sys.argv[1:])
