"""What a recogniser is trained on: crops and who they show, in memory or streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sized
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from recognizers.training.randomness import seed_for

TrainingData = tuple[Tensor, Tensor] | Dataset[Any]
"""Crops (N, 3, size, size), RGB, uint8 or float 0..1, and labels (N,), int64; or a map-style Dataset of
pairs of one such crop and its label, as an int."""


def count(data: TrainingData) -> int:
    """How many crops there are.

    Raises:
        ValueError: There are not as many labels as crops, or a Dataset has no length.
    """
    if isinstance(data, tuple):
        crops, labels = data
        if len(crops) != len(labels) or labels.ndim != 1 or labels.dtype != torch.int64:
            raise ValueError(
                f"{len(crops)} crops need labels ({len(crops)},), int64, "
                f"not {tuple(labels.shape)}, {labels.dtype}"
            )
        return len(crops)
    if not isinstance(data, Sized):
        raise ValueError("a Dataset to train on needs a length (map-style)")
    return len(data)


def batches(
    data: TrainingData, batch_size: int, seed: int, epoch: int, workers: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch's batches in an order that depends on the seed and the epoch's number alone.

    All batches are full: what is left over at the end waits for another epoch's order.

    Args:
        data: The crops and labels.
        batch_size: How many make a batch; all of them where there are fewer.
        seed: Decides the order.
        epoch: The epoch's number.
        workers: How many processes read from a Dataset; 0 reads in this one.
    """
    total = count(data)
    generator = torch.Generator().manual_seed(seed_for(seed, "order", epoch))
    order = torch.randperm(total, generator=generator)
    size = min(batch_size, total)
    groups = [order[start : start + size] for start in range(0, total - size + 1, size)]
    if isinstance(data, tuple):
        crops, labels = data
        for group in groups:
            yield crops[group], labels[group]
        return
    loader: DataLoader[Any] = DataLoader(
        data, batch_sampler=[group.tolist() for group in groups], num_workers=workers, generator=generator
    )
    for crops, labels in loader:
        yield crops, torch.as_tensor(labels, dtype=torch.int64)


def fingerprint(data: TrainingData) -> str:
    """What tells one set of data from another: the SHA-256 of tensors; of a Dataset, its length alone."""
    if not isinstance(data, tuple):
        return f"{count(data)} streamed crops"
    digest = hashlib.sha256()
    for tensor in data:
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.cpu().numpy()).data)
    return digest.hexdigest()
