"""Noise: the perturbations of labelled patches, one for each patch or one for each person."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.patches import Batch, padded


class Noise:
    """Perturbations, each (3, h, w), in units of 0..1; they change in place.

    Args:
        values: The perturbations.
        owner: Which of them each patch wears.
        centres: Where that goes by what faces look like, not by labels: the embedding (D,) in the middle of
            each perturbation's faces. Else nothing.
    """

    def __init__(
        self, values: Sequence[Tensor], owner: Sequence[int], centres: Sequence[Tensor] = ()
    ) -> None:
        self.values = list(values)
        self.owner = tuple(owner)
        self.centres = tuple(centres)

    @classmethod
    def zero(cls, faces: LabelledPatches, per_person: bool) -> Noise:
        """No perturbation yet.

        Raises:
            ValueError: One for each person is asked for, and the canvases are not all of one size.
        """
        sizes = [patch.size for patch in faces.patches]
        if not per_person:
            # All in one piece: thousands of small ones, held for long, leave holes in memory among others.
            pieces = torch.zeros(3 * sum(map(math.prod, sizes))).split([3 * math.prod(s) for s in sizes])
            values = [piece.view(3, *size) for piece, size in zip(pieces, sizes, strict=True)]
            return cls(values, range(len(sizes)))
        if len(set(sizes)) != 1:
            raise ValueError("one perturbation for each person needs canvases of one size")
        return cls([torch.zeros(3, *sizes[0]) for _ in faces.people], faces.labels)

    def of(self, places: Sequence[int]) -> list[Tensor]:
        """What the patches at some places of the set wear."""
        return [self.values[self.owner[place]] for place in places]

    def worn(self, places: Sequence[int], batch: Batch) -> Tensor:
        """What the patches at some places of the set wear: (B, 3, H, W), padded like the batch of them."""
        _, _, height, width = batch.images.shape
        return padded(self.of(places), (height, width)).to(batch.images.device)

    def learn(self, places: Sequence[int], deltas: Sequence[Tensor] | Tensor) -> None:
        """Takes over new perturbations, (3, H, W) each; those of patches that share one are meaned.

        Args:
            places: Which patches they are of.
            deltas: As large as these patches' canvases, or padded below and to the right.
        """
        sharing: dict[int, list[int]] = {}
        for row, place in enumerate(places):
            sharing.setdefault(self.owner[place], []).append(row)
        for owner, rows in sharing.items():
            _, height, width = self.values[owner].shape
            its = torch.stack([deltas[row][:, :height, :width] for row in rows])
            self.values[owner].copy_(its.mean(0).detach())
