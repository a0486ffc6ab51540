"""Noise: the perturbations of labelled patches, one for each patch or one for each person."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.patches import Batch


class Noise:
    """Perturbations, each (3, h, w), in units of 0..1.

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
        shapes = [patch.canvas.shape for patch in faces.patches]
        if not per_person:
            return cls([torch.zeros(shape) for shape in shapes], range(len(shapes)))
        if len(set(shapes)) != 1:
            raise ValueError("one perturbation for each person needs canvases of one size")
        return cls([torch.zeros(shapes[0]) for _ in faces.people], faces.labels)

    def worn(self, places: Sequence[int], batch: Batch) -> Tensor:
        """What the patches at some places of the set wear: (B, 3, H, W), padded like the batch of them."""
        height, width = batch.images.shape[-2:]
        worn = [self.values[self.owner[place]] for place in places]
        padded = [F.pad(v, (0, width - v.shape[2], 0, height - v.shape[1])) for v in worn]
        return torch.stack(padded).to(batch.images.device)

    def learn(self, places: Sequence[int], deltas: Tensor) -> None:
        """Takes over new perturbations (B, 3, H, W); those of patches that share one are meaned."""
        sharing: dict[int, list[int]] = {}
        for row, place in enumerate(places):
            sharing.setdefault(self.owner[place], []).append(row)
        for owner, rows in sharing.items():
            _, height, width = self.values[owner].shape
            self.values[owner] = deltas[rows, :, :height, :width].mean(0).detach().cpu()
