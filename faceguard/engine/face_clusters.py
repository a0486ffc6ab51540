"""Clusters of faces that look alike to a recogniser: stand in for people where photos carry no labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceguard.engine.extraction import plain_crops
from faceguard.engine.patches import Patch, batch
from recognizers import Recognizer
from recognizers.training.randomness import seed_for

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

MATCHER = "dlib"
"""The recogniser whose embeddings are clustered: the embedded one, so that every machine has it."""

_FINER = 1.2  # each number of clusters that is tried, as a multiple of the one before
_FACES_EACH = 2  # no number of clusters is tried that leaves fewer faces for each
_SAMPLE = 3000  # faces that a number of clusters is judged by, where there are more
_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class FaceClusters:
    """Where clusters lie.

    Attributes:
        centres: (K, D) float32, on the CPU: the mean embedding of each cluster's faces.
    """

    centres: Tensor

    @classmethod
    def fit(cls, embeddings: Tensor, seed: int, count: int | None = None) -> FaceClusters:
        """Clusters of embeddings by k-means.

        Args:
            embeddings: (N, D), N at least 1.
            seed: Decides everything random.
            count: How many clusters; where not given, as many as give the best mean silhouette (Rousseeuw
                1987), at most half as many as faces.
        """
        from sklearn.metrics import silhouette_score  # nearly a second to load, and few methods need it

        points = embeddings.double().cpu().numpy()
        distinct = len(np.unique(points, axis=0))
        number = seed_for(seed, "clusters") % 2**32
        if count is not None:
            return cls(_centres(_clustered(points, min(count, distinct), number)))
        counts = _counts(distinct)
        if len(counts) < 2:
            return cls(_centres(_clustered(points, counts[0], number)))
        tried = [_clustered(points, k, number) for k in counts]
        scores = [
            silhouette_score(points, its.labels_, sample_size=min(_SAMPLE, len(points)), random_state=number)
            for its in tried
        ]
        return cls(_centres(tried[int(np.argmax(scores))]))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.centres)

    def nearest(self, embeddings: Tensor) -> list[int]:
        """The cluster of each embedding (N, D): the one whose centre is nearest."""
        distances = torch.cdist(embeddings.double().cpu(), self.centres.double())
        return [int(place) for place in distances.argmin(1)]


@torch.no_grad()
def looks(patches: Sequence[Patch], recognizer: Recognizer, device: torch.device) -> Tensor:
    """What a recogniser makes of the first face of each patch: float32 (N, D), on the CPU."""
    embeddings = []
    for start in range(0, len(patches), _AT_ONCE):
        stacked = batch(patches[start : start + _AT_ONCE], device)
        seen = recognizer.embed(plain_crops(stacked, torch.zeros_like(stacked.images), recognizer.crop))
        first = [stacked.owner.tolist().index(place) for place in range(len(stacked.patches))]
        embeddings.append(seen[first].float().cpu())
    return torch.cat(embeddings)


def _counts(faces: int) -> list[int]:
    """The numbers of clusters that are worth trying for so many faces."""
    most = max(1, faces // _FACES_EACH)
    counts = [min(2, faces)]
    while counts[-1] < most:
        counts.append(min(most, max(counts[-1] + 1, round(counts[-1] * _FINER))))
    return counts


def _clustered(points: NDArray[np.float64], count: int, seed: int) -> KMeans:
    from sklearn.cluster import KMeans

    return KMeans(count, n_init=2, random_state=seed).fit(points)


def _centres(found: KMeans) -> Tensor:
    return torch.from_numpy(found.cluster_centers_).float()
