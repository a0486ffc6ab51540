"""The step all solvers of finished recognisers take: softly signed, with momentum.

Momentum over normalised gradients is Dong et al. 2018 (MI-FGSM), equations 6 and 7.
"""

from __future__ import annotations

from torch import Tensor

_PIXELS = (1, 2, 3)


def direction_of(gradient: Tensor, memory: Tensor, momentum: float, softness: float) -> tuple[Tensor, Tensor]:
    """Where perturbations (B, 3, H, W) should move, against what is minimised.

    Args:
        gradient: Of what is minimised.
        memory: What the step before gave back; zero at first.
        momentum: How much of the steps before counts.
        softness: Gradients from this share of their root mean square on move a pixel by a whole step, weaker
            ones by less; near 0 the step is the gradient's sign.

    Returns:
        The direction to subtract, -1..1, and the memory for the next step.
    """
    strength = gradient.abs().mean(_PIXELS, keepdim=True).clamp_min(1e-20)
    memory = momentum * memory + gradient / strength
    # Weak gradients move a pixel less: where no surrogate looks, nothing should change.
    usual = memory.square().mean(_PIXELS, keepdim=True).sqrt().clamp_min(1e-20)
    return (memory / (softness * usual)).clamp(-1, 1), memory
