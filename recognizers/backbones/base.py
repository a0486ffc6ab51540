"""What every backbone is: a network that makes an embedding of a crop, and can be trained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from recognizers.crops import CropSpec

SHOWN_STAGES = 3
"""How many feature maps a backbone shows: its coarsest."""


class Backbone(nn.Module):
    """A network from crops to embeddings.

    Nothing in it works in place, so that gradients of gradients pass through too (gradient alignment needs
    them). It may run under autocast.

    Args:
        dimension: The length of its embeddings.
        crop: The crop it is shown.

    Attributes:
        name: What `recognizers.backbones.build` knows it by.

    Raises:
        ValueError: It cannot be built so.
    """

    name: str

    def __init__(self, dimension: int, crop: CropSpec) -> None:
        super().__init__()
        if dimension < 1:
            raise ValueError(f"an embedding has at least one value, not {dimension}")
        self.dimension = dimension
        self.crop = crop

    @abstractmethod
    def forward(self, values: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """Embeddings (B, dimension), not brought to unit length, and feature maps, fine to coarse.

        The embeddings are of the weights' own type, the feature maps (B, channels, height, width) of any;
        at most `SHOWN_STAGES` of them, the coarsest, and none where the network does not show them.

        Args:
            values: (B, 3, size, size) in the range and order the network takes (`base.network_input`).
        """

    def taken(self, values: Tensor) -> Tensor:
        """Values as the weights take them: of their type, and channels last, which is faster."""
        return values.to(next(self.parameters()).dtype).contiguous(memory_format=torch.channels_last)


class StagedBackbone(Backbone):
    """A backbone in two parts: stages of feature maps, and an embedding of the last.

    The embedding is computed in the weights' own type under autocast too.
    """

    @abstractmethod
    def stages(self, values: Tensor) -> list[Tensor]:
        """Feature maps (B, channels, height, width), fine to coarse."""

    @abstractmethod
    def embedding(self, features: Tensor) -> Tensor:
        """Embeddings (B, dimension) of the last feature map."""

    def forward(self, values: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """See `Backbone.forward`."""
        taken = self.taken(values)
        stages = self.stages(taken)
        with torch.autocast(values.device.type, enabled=False):
            return self.embedding(stages[-1].to(taken.dtype)), stages[-SHOWN_STAGES:]


def halved(side: int, times: int) -> int:
    """The side of a square after convolutions of stride two that round up."""
    for _ in range(times):
        side = (side + 1) // 2
    return side
