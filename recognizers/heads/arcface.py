"""ArcFace: J. Deng et al., ArcFace: Additive Angular Margin Loss, CVPR 2019, equation 3."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from recognizers.heads.angular import AngularHead


class ArcFace(AngularHead):
    """The right class's angle counts for more by the margin: cos(theta + m), with its true gradient.

    Where theta + m would pass 180 degrees and the cosine rise again, it goes on as cos(theta) - m sin(m), as
    in insightface's first (MXNet) code.
    """

    name = "arcface"

    def __init__(self, dimension: int, classes: int, scale: float = 64.0, margin: float = 0.5) -> None:
        super().__init__(dimension, classes, scale, margin)
        if margin >= math.pi / 2:
            raise ValueError(f"{self.name} takes a margin below pi / 2, not {margin}")

    def narrowed(self, cosines: Tensor) -> Tensor:
        """See `AngularHead.narrowed`."""
        further = self.widened(cosines)
        beyond = cosines - self.margin * math.sin(self.margin)
        return torch.where(cosines > -math.cos(self.margin), further, beyond)

    def widened(self, cosines: Tensor) -> Tensor:
        """cos(theta + m) of cos(theta)."""
        # The slope of the sine is infinite where embedding and direction coincide; it ends just before.
        least = torch.finfo(cosines.dtype).eps
        sines = (1 - cosines.square()).clamp_min(least).sqrt()
        return cosines * math.cos(self.margin) - sines * math.sin(self.margin)


class InsightfaceArcFace(ArcFace):
    """ArcFace as insightface's published PyTorch loss computes it: the right value, a wrong gradient.

    Its `arcface_torch/losses.py` adds the margin under `no_grad` and in place, so that the derivative of
    cos(theta + m) by cos(theta), sin(theta + m) / sin(theta), is taken for 1. For simulating trackers that
    train with that code; the default `ArcFace` is the paper's.
    """

    name = "arcface-insightface"

    def narrowed(self, cosines: Tensor) -> Tensor:
        """See `AngularHead.narrowed`; the published code has no case beyond 180 degrees."""
        return cosines + (self.widened(cosines) - cosines).detach()
