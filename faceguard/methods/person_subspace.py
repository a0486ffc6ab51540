"""What a recogniser knows a person by: the centre of their photos' embeddings, or the hull around them.

Y. Zhong, W. Deng: OPOM (TPAMI 2022) moves protected photos away from one of three approximations of the
person's part of the feature space: the class centre, the affine hull, or the convex hull.
"""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional as F

_STEPS = 60


class Subspace(StrEnum):
    """Which approximation of a person's part of the feature space."""

    CENTRE = "centre"
    AFFINE_HULL = "affine hull"
    CONVEX_HULL = "convex hull"


class PersonSubspace:
    """One person's part of one recogniser's feature space.

    Args:
        embeddings: (N, D) of some photos of the person; brought to unit length.
        kind: How it is approximated.
    """

    def __init__(self, embeddings: Tensor, kind: Subspace) -> None:
        self._known = F.normalize(embeddings.float())
        self._kind = kind
        self._centre = self._known.mean(0, keepdim=True)

    def squared_distances(self, embeddings: Tensor) -> Tensor:
        """How far embeddings (B, D), brought to unit length, are from it, squared: (B,).

        The gradient is exact, though none passes through the nearest point: that of the squared distance to
        a closed convex set is twice the way from there.
        """
        unit = F.normalize(embeddings)
        return (unit - self.nearest(unit.detach())).square().sum(1)

    @torch.no_grad()
    def nearest(self, points: Tensor) -> Tensor:
        """Its points nearest to others, (B, D) both."""
        if self._kind is Subspace.CENTRE or len(self._known) == 1:
            return self._centre.expand(len(points), -1)
        if self._kind is Subspace.AFFINE_HULL:
            return self._onto_affine_hull(points)
        return self._onto_convex_hull(points)

    def _onto_affine_hull(self, points: Tensor) -> Tensor:
        _, sizes, axes = torch.linalg.svd(self._known - self._centre, full_matrices=False)
        axes = axes[sizes > 1e-5 * sizes[0].clamp_min(1e-12)]  # N points span N - 1 dimensions at most
        along: Tensor = (points - self._centre) @ axes.T @ axes
        return self._centre + along

    def _onto_convex_hull(self, points: Tensor) -> Tensor:
        """By accelerated projected gradients over the shares of the known embeddings."""
        inner = self._known @ self._known.T
        step = 1 / torch.linalg.matrix_norm(inner, 2).clamp_min(1e-12)
        wanted = points @ self._known.T
        shares = torch.full_like(wanted, 1 / len(self._known))
        ahead, pace = shares, 1.0
        for _ in range(_STEPS):
            moved = _onto_simplex(ahead - step * (ahead @ inner - wanted))
            faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
            ahead = moved + (pace - 1) / faster * (moved - shares)
            shares, pace = moved, faster
        found: Tensor = shares @ self._known
        return found


def _onto_simplex(shares: Tensor) -> Tensor:
    """The nearest shares (B, N) that are not negative and sum to 1 (Duchi et al. 2008, figure 1)."""
    ordered = shares.sort(1, descending=True).values
    places = torch.arange(1, shares.shape[1] + 1, device=shares.device)
    excess = (ordered.cumsum(1) - 1) / places
    last = (ordered > excess).sum(1, keepdim=True) - 1
    return (shares - excess.gather(1, last)).clamp_min(0)
