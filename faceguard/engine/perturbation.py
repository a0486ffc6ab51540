"""What a search for a perturbation comes to."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Perturbation:
    """How far pixels move, and where they would go on to.

    Attributes:
        delta: (..., 3, H, W), RGB, in units of 0..1.
        pull: (..., 3, H, W): which way the last steps' gradients lead together, against what is minimised.
            Of these values, only what they are to each other within an image tells something.
    """

    delta: Tensor
    pull: Tensor

    def of(self, image: int, size: tuple[int, int]) -> Perturbation:
        """One image's of a batch's, of the image's height and width."""
        height, width = size
        return Perturbation(self.delta[image, :, :height, :width], self.pull[image, :, :height, :width])
