"""The step all solvers of finished recognisers take: softly signed, with momentum.

Momentum over normalised gradients is Dong et al. 2018 (MI-FGSM), equations 6 and 7.
"""

from __future__ import annotations

import torch
from torch import Tensor

_PIXELS = (1, 2, 3)


def direction_of(gradient: Tensor, memory: Tensor, momentum: float, softness: float) -> Tensor:
    """Where perturbations (B, 3, H, W) should move, against what is minimised.

    Both tensors are overwritten: at a canvas's size, new memory takes longer than the arithmetic.

    Args:
        gradient: Of what is minimised; holds the direction afterwards.
        memory: What the steps before left here; zero at first.
        momentum: How much of the steps before counts.
        softness: Gradients from this share of their root mean square on move a pixel by a whole step, weaker
            ones by less; near 0 the step is the gradient's sign.

    Returns:
        The direction to subtract, -1..1.
    """
    size = gradient[0].numel()
    strength = torch.linalg.vector_norm(gradient, 1, _PIXELS, keepdim=True).clamp_min(1e-20 * size) / size
    memory.mul_(momentum).addcmul_(gradient, 1 / strength)
    # Weak gradients move a pixel less: where no surrogate looks, nothing should change.
    usual = torch.linalg.vector_norm(memory, 2, _PIXELS, keepdim=True).clamp_min(1e-20) / size**0.5
    return torch.mul(memory, 1 / (softness * usual), out=gradient).clamp_(-1, 1)
