"""Nearest neighbours by cosine in galleries of any size, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

_ENTRIES, _PROBES = 4096, 1024  # gallery entries and probes at a time: 16 MiB of similarities


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

    The gallery is never copied as a whole: beside it and the answer, the memory needed stays the same.

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
    parts = [
        _nearest(torch.as_tensor(probes[start : start + _PROBES], device=device), gallery, k)
        for start in range(0, len(probes), _PROBES)
    ]
    similarity, entry = (torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
    return Neighbours(similarity, entry)


def _nearest(probes: Tensor, gallery: NDArray[np.float32], k: int) -> tuple[Tensor, Tensor]:
    queries = normalize(probes.float())
    best = torch.full((len(queries), k), -torch.inf, device=queries.device)
    entries = torch.zeros((len(queries), k), dtype=torch.int64, device=queries.device)
    for start in range(0, len(gallery), _ENTRIES):
        block = torch.as_tensor(np.array(gallery[start : start + _ENTRIES]), device=queries.device)
        similarity = queries @ normalize(block.float()).T
        # the further on, the fewer probes find anything better in a block: only these are sorted
        rows = (similarity.amax(1) > best[:, -1]).nonzero().squeeze(1)
        top, place = similarity[rows].topk(min(k, len(block)), dim=1)
        best[rows], order = torch.cat([best[rows], top], 1).topk(k, dim=1)
        entries[rows] = torch.cat([entries[rows], place + start], 1).gather(1, order)
    return best, entries
