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

    def handling(self, faces: int, *key: int | str) -> Handling:
        """How so many faces are handled, by a key that decides the view and the landmarks' errors."""
        generator = torch.Generator().manual_seed(seed_for(*key))
        return Handling(self.draw(*key), self.views.draw_jitter(faces, generator))

    def crops(self, batch: Batch, delta: Tensor, crop: CropSpec, *key: int | str) -> Tensor:
        """The faces of a batch as they may be cut out: (F, 3, size, size), RGB, 0..1.

        Args:
            batch: The patches.
            delta: Their perturbation, (B, 3, H, W).
            crop: What the recogniser is shown.
            key: Decides the view and the landmarks' errors.
        """
        return self.handling(len(batch.owner), *key).crops(batch, delta, crop)


@dataclass(frozen=True, eq=False)
class Handling:
    """One way of handling photos; everything in it is decided.

    Attributes:
        view: What is done to them.
        errors: (F, 4): the landmarks' errors, see `faceguard.engine.views.jittered`.
    """

    view: View
    errors: Tensor

    def crops(self, batch: Batch, delta: Tensor, crop: CropSpec, faces: slice = slice(None)) -> Tensor:
        """The faces of a batch as they are cut out: (F, 3, size, size), RGB, 0..1.

        Args:
            batch: The patches.
            delta: Their perturbation, (B, 3, H, W).
            crop: What the recogniser is shown.
            faces: Which of the errors are theirs, where others are another batch's.
        """
        viewed, places = self.view.apply(batch.images + delta)
        matrices, errors = batch.matrices(crop), self.errors[faces].to(delta.device)
        return cut_out(viewed[batch.owner], places, matrices, errors, crop.size, self.view)


def plain(faces: int) -> Handling:
    """So many faces as they are: 8-bit values, cut out without any error."""
    return Handling(View(), torch.zeros(faces, 4))


def plain_crops(batch: Batch, delta: Tensor, crop: CropSpec) -> Tensor:
    """The faces of a batch as they are."""
    return plain(len(batch.owner)).crops(batch, delta, crop)
