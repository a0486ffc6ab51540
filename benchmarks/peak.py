"""What this machine reaches in matrix products: the most that a network can be expected to."""

from __future__ import annotations

from functools import cache, partial

import torch

from benchmarks.clock import Clock
from benchmarks.measurement import timed

_SIDES = (1024, 2048, 4096)
_QUICK_SIDES = (256,)
_REPEATS = 5


@cache
def peak(dtype: torch.dtype, threads: int, clock: Clock, quick: bool = False) -> float:
    """The most GFLOP/s that square matrix products come to, over several sizes and repeats.

    Args:
        dtype: What the matrices hold.
        threads: How many threads PyTorch uses at the time of the call; only told, so that results are kept
            apart.
        clock: What is read; its device is the one that computes.
        quick: Small matrices only.
    """
    found = []
    for side in _QUICK_SIDES if quick else _SIDES:
        first, second = (torch.rand(side, side, device=clock.device).to(dtype) for _ in range(2))
        seconds = timed(partial(torch.matmul, first, second), clock, repeats=_REPEATS)
        found.append(2 * side**3 / min(seconds) / 1e9)
    return max(found)
