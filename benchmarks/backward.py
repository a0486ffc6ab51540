"""How the way back to the pixels divides: through the network to the crops, and through warps and views."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from benchmarks.stopwatch import Stopwatch
from faceguard.engine import solver

NETWORK, VIEWS = "backward: network", "backward: warps and views"


@contextmanager
def dividing_backward(watch: Stopwatch) -> Iterator[None]:
    """Counts every `torch.autograd.grad` of the solver as one of the two stages or both.

    The moment when the gradient reaches the crops is where they part. With several surrogates that is the
    last one's crops; nothing is parted where the solver cuts none out.
    """
    cut_out, grad = vars(solver).get("cut_out"), torch.autograd.grad
    here = threading.local()

    def cutting(*args: Any, **kwargs: Any) -> Tensor:
        assert cut_out is not None
        crops: Tensor = cut_out(*args, **kwargs)
        if crops.requires_grad:
            crops.register_hook(lambda _: setattr(here, "reached", watch.clock.read()))
        return crops

    def going_back(*args: Any, **kwargs: Any) -> Any:
        here.reached = None
        with watch.stage(NETWORK):
            result = grad(*args, **kwargs)
            end = watch.clock.read()
        if here.reached is not None:
            watch.move(NETWORK, VIEWS, end - here.reached)
        return result

    try:
        torch.autograd.grad = going_back
        if cut_out is not None:
            setattr(solver, "cut_out", cutting)  # noqa: B010 - the module exports no such name
        yield
    finally:
        torch.autograd.grad = grad
        if cut_out is not None:
            setattr(solver, "cut_out", cut_out)  # noqa: B010
