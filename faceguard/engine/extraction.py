"""Extraction: how a tracker gets training crops out of photos, differentiable in the photos' pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from faceguard.engine.patches import Batch
from faceguard.engine.views import View, ViewSettings, cut_out
from recognizers.crops import CropSpec
from recognizers.training.randomness import seed_for


@dataclass(frozen=True)
class Extraction:
    """How the tracker's handling of photos is drawn; mirrored and shifted crops are training's own affair.

    Attributes:
        views: Resizing, recompression, and the landmarks' error. Less of each than a cloak expects: a
            training set is mostly taken as it was published, by one detector.
    """

    views: ViewSettings = field(
        default_factory=lambda: ViewSettings(resized=0.2, blurred=0.0, recompressed=0.3, jitter=0.02)
    )

    def draw(self, *key: int | str) -> View:
        """A view that depends on the key alone."""
        return self.views.schedule(1, seed_for(*key))[0]

    def crops(self, batch: Batch, delta: Tensor, crop: CropSpec, *key: int | str) -> Tensor:
        """The faces of a batch as they may be cut out: (F, 3, size, size), RGB, 0..1.

        Args:
            batch: The patches.
            delta: Their perturbation, (B, 3, H, W).
            crop: What the recogniser is shown.
            key: Decides the view and the landmarks' errors.
        """
        generator = torch.Generator().manual_seed(seed_for(*key))
        errors = self.views.draw_jitter(len(batch.owner), generator).to(delta.device)
        return _extracted(batch, delta, crop, self.draw(*key), errors)


def plain_crops(batch: Batch, delta: Tensor, crop: CropSpec) -> Tensor:
    """The faces of a batch as they are: 8-bit values, cut out without any error."""
    errors = torch.zeros(len(batch.owner), 4, device=delta.device)
    return _extracted(batch, delta, crop, View(), errors)


def _extracted(batch: Batch, delta: Tensor, crop: CropSpec, view: View, errors: Tensor) -> Tensor:
    viewed, places = view.apply(batch.images + delta)
    matrices = batch.matrices(crop)
    return cut_out(viewed[batch.owner], places, matrices, errors, crop.size, view.mirrored)
