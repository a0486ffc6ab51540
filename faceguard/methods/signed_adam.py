"""Signed Adam: Adam that is shown the sign of each gradient, with milestones."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

_TINY = 1e-20


@dataclass(frozen=True)
class SignedAdam:
    """The optimiser of Fowl et al. 2021 ("signAdam"), and a softer one.

    Signs are 1 or -1, so that Adam's second moment is 1 from the first step on, and what is left of it is
    its first moment with its correction. Where a gradient is zero from the start, nothing moves.

    The softer form remembers gradients instead of their signs, each brought to a mean size of 1, so that
    steps that agree about strong pixels count for more, and takes the sign at the end, as the solver of
    cloaks does.

    Attributes:
        step_size: How far a pixel moves in the first steps, as a share of its limit.
        memory: How much of the first moment each step keeps (Adam's beta 1).
        milestones: Where the step size falls, in shares of the steps.
        decay: What it is multiplied by there.
        softness: Pixels whose moment is at least this share of its root mean square move by a whole step,
            others by less. None is the paper's.
    """

    step_size: float = 0.25
    memory: float = 0.9
    milestones: tuple[float, ...] = (0.375, 0.625, 0.875)
    decay: float = 0.4
    softness: float | None = 0.1

    def remembered(self, moment: Tensor, gradient: Tensor) -> Tensor:
        """The first moment (B, 3, H, W) after a gradient; before the first one it is zero."""
        if self.softness is None:
            counted = gradient.sign()
        else:
            counted = gradient / gradient.abs().mean((1, 2, 3), keepdim=True).clamp_min(_TINY)
        return self.memory * moment + (1 - self.memory) * counted

    def step(self, moment: Tensor, limits: Tensor, number: int, steps: int) -> Tensor:
        """How far pixels move against the gradient, in the limits' units.

        Args:
            moment: (B, 3, H, W): the first moment, this step's gradient included.
            limits: (B, 1, H, W): how far each pixel may be from where it was.
            number: Which step this is, from 0.
            steps: How many there are.
        """
        size = self.step_size * self.decay ** sum(number >= share * steps for share in self.milestones)
        if self.softness is None:
            direction = moment / (1 - self.memory ** (number + 1))
        else:
            usual = moment.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(_TINY)
            direction = (moment / (self.softness * usual)).clamp(-1, 1)
        return size * limits * direction
