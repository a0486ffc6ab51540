"""Variety: what other photos of a person may be like, made of the ones that are there.

A mask that is learned from a few photos fits those. Varied *beneath* the mask, which itself stays in its
place, they stand for photos to come: mirrored, posed and lit otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class PhotoVariety:
    """How photos are varied.

    Attributes:
        mirrored: Whether every other one, by chance, is mirrored.
        posed: Standard deviation of the change of scale, of the angle in radians, and of the shift in half
            sizes of the photo.
        lit: Standard deviation of the logarithms of gain and gamma; colours differ by two fifths of it.
    """

    mirrored: bool = True
    posed: float = 0.04
    lit: float = 0.1

    def apply(self, photos: Tensor, generator: torch.Generator) -> Tensor:
        """Photos (B, 3, H, W), 0..1, each varied in its own way; `generator` is one of the CPU's."""

        def drawn(*size: int) -> Tensor:
            return torch.randn(*size, generator=generator).to(photos.device)

        count = len(photos)
        if self.mirrored:
            chosen = drawn(count, 1, 1, 1) > 0
            photos = torch.where(chosen, photos.flip(3), photos)
        if self.posed:
            scale, angle, right, down = (drawn(count, 4) * self.posed).unbind(1)
            cos, sin = scale.exp() * angle.cos(), scale.exp() * angle.sin()
            pose = torch.stack([cos, -sin, right, sin, cos, down], 1).view(-1, 2, 3)
            grid = F.affine_grid(pose, list(photos.shape), align_corners=False)
            photos = F.grid_sample(photos, grid, padding_mode="border", align_corners=False)
        if self.lit:
            gain = (drawn(count, 1, 1, 1) + 0.4 * drawn(count, 3, 1, 1)) * self.lit
            gamma = (drawn(count, 1, 1, 1) * self.lit).exp()
            photos = (photos.clamp(1e-4, 1) ** gamma * gain.exp()).clamp(0, 1)
        return photos
