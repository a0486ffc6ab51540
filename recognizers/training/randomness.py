"""Random numbers that depend on a seed and a place in the training alone, so that resuming needs no state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def seed_for(*key: int | str) -> int:
    """A seed for PyTorch that is different for each key: a seed, a purpose, a number."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@contextmanager
def seeded(*key: int | str, device: torch.device | None = None) -> Iterator[None]:
    """PyTorch's global generators start from this key's seed; afterwards they are as they were before."""
    on_gpu = device is not None and device.type == "cuda"
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if on_gpu else []):
        torch.default_generator.manual_seed(seed_for(*key))
        if on_gpu:
            torch.cuda.manual_seed(seed_for(*key))
        yield
