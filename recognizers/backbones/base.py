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
    """A network from crops to embeddings, in three parts of which each kind of backbone has its own.

    Nothing in it works in place, so that gradients of gradients pass through too (gradient alignment needs
    them). It may run under autocast; the embedding itself is always computed in the weights' own type.

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
    def stages(self, values: Tensor) -> list[Tensor]:
        """Feature maps (B, channels, height, width), fine to coarse; the embedding is made of the last."""

    @abstractmethod
    def embedding(self, features: Tensor) -> Tensor:
        """Embeddings (B, dimension) of the last feature map."""

    def forward(self, values: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """Embeddings (B, dimension), not brought to unit length, and the coarsest feature maps.

        Args:
            values: (B, 3, size, size) in the range and order the network takes (`base.network_input`).
        """
        dtype = next(self.parameters()).dtype
        stages = self.stages(values.to(dtype).contiguous(memory_format=torch.channels_last))
        with torch.autocast(values.device.type, enabled=False):
            return self.embedding(stages[-1].to(dtype)), stages[-SHOWN_STAGES:]


def halved(side: int, times: int) -> int:
    """The side of a square after convolutions of stride two that round up."""
    for _ in range(times):
        side = (side + 1) // 2
    return side
