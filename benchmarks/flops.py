"""How many floating-point operations some work takes."""

from __future__ import annotations

from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measurement import Work


def gflop(work: Work) -> float:
    """The billions of operations of convolutions and matrix products; a multiplication with its addition is
    two. Backward passes count where the work makes them.
    """
    with FlopCounterMode(display=False) as counter:
        work()
    return float(counter.get_total_flops() / 1e9)
