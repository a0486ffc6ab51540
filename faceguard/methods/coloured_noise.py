"""The noise that a generator makes of photos: a field over each face, worn in one colour."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import plain_crops
from faceguard.engine.masks import MASK_CROP
from faceguard.engine.patches import Batch
from faceguard.faces.alignment import invert, warp
from faceguard.methods.noise_generator import NoiseGenerator, to_field
from recognizers.training.randomness import seed_for

_DITHER = 1 / 255  # the width of what is added: one step of a pixel's value


@dataclass(frozen=True, eq=False)
class ColouredNoise:
    """A generator's noise.

    Attributes:
        generator: Draws a field of values from -1 to 1 over each face.
        colour: (3,), RGB; the largest value is 1 or -1.
        budget: How far pixels may move.
    """

    generator: NoiseGenerator
    colour: Tensor
    budget: Budget

    def of(self, stacked: Batch, labels: Tensor) -> Tensor:
        """The perturbation (B, 3, H, W) of patches, in units of 0..1; gradients pass to the generator.

        Every value lies along the colour, also where the photo leaves it little room: there, all channels
        move less. Greyscale photos stay grey.

        Args:
            stacked: The patches.
            labels: (F,), int64: whom each face shows.
        """
        fields = self._fields(stacked, labels)
        limits = self.budget.room(stacked.images, stacked.mask, stacked.grey).limits
        colour = self.colour.to(limits).view(1, 3, 1, 1) * limits
        lowest, highest = room(stacked.images, colour)
        delta = torch.minimum(torch.maximum(fields, lowest), highest) * colour
        return torch.where(stacked.grey.view(-1, 1, 1, 1), delta.mean(1, keepdim=True), delta)

    def dithered(self, stacked: Batch, labels: Tensor, seed: int) -> Tensor:
        """The same with noise of half a step, so that no photo's rounding is like another's.

        What rounding takes from the colour would otherwise be equal on all photos of a person: a shortcut of
        its own, and one that the authorised network does see.
        """
        delta = self.of(stacked, labels)
        for place, patch in enumerate(stacked.patches):
            generator = torch.Generator().manual_seed(seed_for(seed, "dither", patch.key))
            height, width = patch.size
            noise = (torch.rand(3, height, width, generator=generator) - 0.5) * _DITHER
            delta[place, :, :height, :width] += noise.to(delta)
        return self.budget.room(stacked.images, stacked.mask, stacked.grey).kept(delta)

    def _fields(self, stacked: Batch, labels: Tensor) -> Tensor:
        """The generator's fields where the faces lie: (B, 1, H, W), -1..1."""
        none = torch.zeros_like(stacked.images)
        drawn = self.generator(plain_crops(stacked, none, MASK_CROP), labels)
        height, width = stacked.images.shape[-2:]
        places = invert(to_field(stacked.matrices(MASK_CROP)))
        laid = warp(drawn, places, max(height, width))[..., :height, :width]
        whole = laid.new_zeros(len(stacked.images), 1, height, width).index_add(0, stacked.owner, laid)
        return whole.clamp(-1, 1)


def room(images: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
    """The smallest and largest share of a movement that keeps pixels in 0..1, each (B, 1, H, W), in -1..1.

    Args:
        images: (B, 3, H, W), RGB, 0..1.
        moved: (B, 3, H, W), or of one size with that: how far the whole of it would move pixels.
    """
    size = moved.abs().clamp_min(1e-9)
    up, down = (1 - images) / size, images / size
    highest = torch.where(moved > 0, up, down).amin(1, keepdim=True).clamp(0, 1)
    lowest = -torch.where(moved > 0, down, up).amin(1, keepdim=True).clamp(0, 1)
    return lowest, highest
