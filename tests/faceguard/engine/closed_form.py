"""A recogniser whose best perturbation is known: its embedding is linear in the crop."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers import DLIB_150, Measure, Threshold, Views
from recognizers.crops import CropSpec


class LinearRecognizer:
    """Embeds a crop as fixed weighted sums of its block means.

    Args:
        blocks: How many blocks a side.
    """

    name = "linear"
    licence = "none"
    crop: CropSpec = DLIB_150
    dimension = 8
    threshold: Threshold | None = Threshold(Measure.COSINE, 0.5, "made up")
    differentiable = True

    def __init__(self, blocks: int = 5) -> None:
        self.blocks = blocks
        self.weights = torch.randn(3 * blocks**2, 8, generator=torch.Generator().manual_seed(0))

    def embed(self, crops: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(crops - 0.5, self.blocks).flatten(1) @ self.weights.to(crops)

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), [])

    def to(self, device: torch.device | str) -> LinearRecognizer:
        return self
