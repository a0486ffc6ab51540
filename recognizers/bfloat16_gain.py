"""Whether the processor gains from bfloat16: measured once, and kept for the machine.

That it multiplies the type in hardware does not say that it is faster in it: some do so at half the width.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch
from torch.nn import functional as F

from recognizers.errors import RecognizerError
from recognizers.processor import processor_name
from recognizers.weights_cache import cache_folder
from recognizers.whole_files import write_whole

_FILE = "bfloat16-gain.json"
_WORTHWHILE = 1.1  # times as fast; the same gradient in fewer digits is worth nothing by itself
_REPEATS = 5
_one_at_a_time = threading.Lock()


def bfloat16_gain() -> float:
    """How many times as fast as in float32 the processor convolves in bfloat16.

    Kept in the cache folder (see `recognizers.weights_cache.VARIABLE`), so that one machine always crafts in
    one type; where nothing can be written there, it is measured by each process.
    """
    with _one_at_a_time:
        return _gain()


@cache
def _gain() -> float:
    path, machine = cache_folder() / _FILE, _machine()
    kept = _read(path)
    if machine not in kept:
        kept[machine] = measured_gain()
        with suppress(RecognizerError):
            write_whole({path: json.dumps(kept, indent=1).encode()})
    return kept[machine]


def worthwhile(gain: float) -> bool:
    """Whether a gain is one."""
    return gain >= _WORTHWHILE


def measured_gain() -> float:
    """What `bfloat16_gain` is just now: by the best times of a convolution as amid a recogniser."""
    seconds = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    made = {kind: _convolution(kind) for kind in seconds}
    with torch.inference_mode():
        for _ in range(_REPEATS + 1):  # by turns, as other work on the machine comes and goes
            for kind, (values, weights) in made.items():
                start = time.perf_counter()
                F.conv2d(values, weights, padding=1)
                seconds[kind] = min(seconds[kind], time.perf_counter() - start)
    return seconds[torch.float32] / max(seconds[torch.bfloat16], 1e-9)


def _convolution(kind: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Values and weights, of numbers that take no time of their own, unlike denormal ones."""
    values, weights = torch.full((8, 64, 35, 35), 0.5), torch.full((64, 64, 3, 3), 0.25)
    last = torch.channels_last
    return values.to(kind).to(memory_format=last), weights.to(kind).to(memory_format=last)


def _machine() -> str:
    """What decides the gain: the processor and PyTorch."""
    return f"{processor_name()}, {torch.backends.cpu.get_cpu_capability()}, PyTorch {torch.__version__}"


def _read(path: Path) -> dict[str, float]:
    """What was kept; nothing where that cannot be read, as it can be measured again."""
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {str(machine): gain for machine, gain in kept.items() if isinstance(gain, float)}
