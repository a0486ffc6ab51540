"""What a perturbation can be charged for beside its effect: its strength, what is seen of it, its roughness.

Fowl et al. 2021 (table 9) add one of these to their objective, to make poisons less visible. They give no
weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_WINDOW = 7  # pixels, as in scikit-image
_STABLE = (0.01**2, 0.03**2)


@dataclass(frozen=True)
class Regularizers:
    """How much each counts; 0 leaves it out.

    Attributes:
        l2: Of the mean square of the perturbation, with epsilon as 1.
        ssim: Of one less the structural similarity of the picture before and after.
        tv: Of the perturbation's total variation: the mean difference of neighbours, with epsilon as 1.
    """

    l2: float = 0.0
    ssim: float = 0.0
    tv: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in vars(self).items():
            if weight < 0:
                raise ValueError(f"the weight of {name} must not be negative, but is {weight}")

    def costs(self, images: Tensor, delta: Tensor, epsilon: float) -> Tensor:
        """(B,): what each perturbation costs.

        Args:
            images: (B, 3, H, W), RGB, 0..1.
            delta: (B, 3, H, W), in the same units.
            epsilon: The budget, in the same units.
        """
        costs = delta.new_zeros(len(delta))
        if self.l2:
            costs = costs + self.l2 * (delta / epsilon).square().mean((1, 2, 3))
        if self.ssim:
            costs = costs + self.ssim * (1 - structural_similarity(images, images + delta))
        if self.tv:
            costs = costs + self.tv * total_variation(delta / epsilon)
        return costs


def total_variation(pictures: Tensor) -> Tensor:
    """The mean absolute difference of neighbouring pixels of (B, C, H, W), down plus across: (B,)."""
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean((1, 2, 3))
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean((1, 2, 3))
    return down + across


def structural_similarity(first: Tensor, second: Tensor) -> Tensor:
    """SSIM of pictures (B, C, H, W), 0..1: (B,). Differentiable.

    Z. Wang et al., Image Quality Assessment (2004), over windows of 7x7 pixels that lie wholly inside, as
    `skimage.metrics.structural_similarity` has it by default.
    """
    count = _WINDOW**2

    def average(values: Tensor) -> Tensor:
        return F.avg_pool2d(values, _WINDOW, 1)

    mean_one, mean_two = average(first), average(second)
    unbiased = count / (count - 1)
    variance_one = unbiased * (average(first * first) - mean_one**2)
    variance_two = unbiased * (average(second * second) - mean_two**2)
    covariance = unbiased * (average(first * second) - mean_one * mean_two)
    luminance = (2 * mean_one * mean_two + _STABLE[0]) / (mean_one**2 + mean_two**2 + _STABLE[0])
    structure = (2 * covariance + _STABLE[1]) / (variance_one + variance_two + _STABLE[1])
    similarity: Tensor = torch.mean(luminance * structure, dim=(1, 2, 3))
    return similarity
