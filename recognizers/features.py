"""Intermediate activations of a network, taken while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

Hook = Callable[[nn.Module, object, object], None]


@contextmanager
def hooked(modules: Iterable[nn.Module], hook: Hook) -> Iterator[None]:
    """Calls a hook with what the modules put out while the context is open."""
    handles = [module.register_forward_hook(hook) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def collected(modules: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """What the modules put out in this thread while the context is open, in the order in which they run.

    Other threads may run the same modules meanwhile.
    """
    outputs: list[Tensor] = []
    here = threading.get_ident()

    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        if threading.get_ident() == here:
            assert isinstance(output, Tensor)
            outputs.append(output)

    with hooked(modules, keep):
        yield outputs
