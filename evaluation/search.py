"""Nearest neighbours by cosine in galleries of any size, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

_BLOCK = 16_384  # gallery entries at a time


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest gallery entries of each probe.

    Attributes:
        similarity: (P, k) cosine similarities, the largest first.
        entry: (P, k) their places in the gallery.
    """

    similarity: NDArray[np.float32]
    entry: NDArray[np.int64]


def nearest(
    probes: NDArray[np.float32],
    gallery: NDArray[np.float32],
    k: int = 1,
    device: torch.device | str = "cpu",
) -> Neighbours:
    """The k gallery entries most similar to each probe by cosine, exactly.

    The gallery is never copied as a whole: beside it, memory grows with the number of probes only.

    Args:
        probes: (P, D) embeddings of any length.
        gallery: (G, D) embeddings of any length; a memory-mapped array will do.
        k: How many; all of a smaller gallery.
        device: Where to compute.

    Raises:
        ValueError: A side is empty, the dimensions differ, or k is below 1.
    """
    if not len(probes) or not len(gallery):
        raise ValueError(f"{len(probes)} probes and {len(gallery)} gallery entries: neither may be empty")
    if probes.ndim != 2 or gallery.ndim != 2 or probes.shape[1] != gallery.shape[1]:
        raise ValueError(f"probes {probes.shape} and gallery {gallery.shape} do not have one dimension")
    if k < 1:
        raise ValueError(f"k is at least 1, not {k}")
    k = min(k, len(gallery))
    queries = torch.nn.functional.normalize(torch.as_tensor(probes, dtype=torch.float32, device=device))
    best = torch.empty((len(probes), 0), device=device)
    places = torch.empty((len(probes), 0), dtype=torch.int64, device=device)
    for start in range(0, len(gallery), _BLOCK):
        block = torch.as_tensor(np.asarray(gallery[start : start + _BLOCK], np.float32), device=device)
        similarity = queries @ torch.nn.functional.normalize(block).T
        top, where = similarity.topk(min(k, len(block)), dim=1)
        merged, order = torch.cat([best, top], 1).topk(min(k, best.shape[1] + top.shape[1]), dim=1)
        places = torch.cat([places, where + start], 1).gather(1, order)
        best = merged
    return Neighbours(best.cpu().numpy(), places.cpu().numpy())
