"""CosFace: H. Wang et al., CosFace: Large Margin Cosine Loss, CVPR 2018, equation 4."""

from __future__ import annotations

from torch import Tensor

from recognizers.heads.angular import AngularHead


class CosFace(AngularHead):
    """The right class's cosine counts for less by the margin: cos(theta) - m."""

    name = "cosface"

    def __init__(self, dimension: int, classes: int, scale: float = 64.0, margin: float = 0.35) -> None:
        super().__init__(dimension, classes, scale, margin)

    def narrowed(self, cosines: Tensor) -> Tensor:
        """See `AngularHead.narrowed`."""
        return cosines - self.margin
