"""Which arithmetic some work really computes in, whatever it was asked to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.measurement import Work


class _Convolutions(TorchDispatchMode):
    """Counts the types that convolutions are computed in."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.types: Counter[torch.dtype] = Counter()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if "convolution" in str(func) and isinstance(args[0], Tensor):
            self.types[args[0].dtype] += 1
        return func(*args, **(kwargs or {}))


def arithmetic(work: Work) -> torch.dtype:
    """The type that most of the work's convolutions are computed in; float32 where it has none."""
    with _Convolutions() as seen:
        work()
    return seen.types.most_common(1)[0][0] if seen.types else torch.float32
