"""The network inside a recogniser, to be measured without what the recogniser does around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from recognizers import Recognizer
from recognizers.base import network_input

Forward = Callable[[], Tensor]


def network_of(recogniser: Recognizer) -> nn.Module | None:
    """The one PyTorch module of a recogniser; None where it has none, or several."""
    modules = [entry for entry in vars(recogniser).values() if isinstance(entry, nn.Module)]
    return modules[0] if len(modules) == 1 else None


def forward_of(
    network: nn.Module, recogniser: Recognizer, crops: Tensor, dtype: torch.dtype, layout: torch.memory_format
) -> tuple[Forward, Tensor]:
    """One pass through a network: (F, D) embeddings, and the values whose gradient a step would need.

    Args:
        network: It is brought into the memory format.
        recogniser: Whose network it is.
        crops: (F, 3, size, size), RGB, 0..1.
        dtype: float32, or bfloat16 by autocast.
        layout: The memory format of weights and values.
    """
    network.to(memory_format=layout)
    weights = next(network.parameters())
    values = network_input(crops, recogniser.crop).to(weights.dtype).contiguous(memory_format=layout)
    values.requires_grad_()

    def forward() -> Tensor:
        with torch.autocast(crops.device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            return _embeddings(network(values.clone()))  # PyTorch's counter trips over leaves

    return forward, values


def embedded(network: nn.Module, recogniser: Recognizer, crops: Tensor) -> Tensor:
    """(F, D) embeddings of crops (F, 3, size, size), by the network alone, in float32 and channels-last."""
    values = network_input(crops, recogniser.crop).to(next(network.parameters()).dtype)
    return _embeddings(network(values.contiguous(memory_format=torch.channels_last))).float()


def _embeddings(output: Any) -> Tensor:
    """The embeddings of what a network returns: them alone, or first among other things."""
    embeddings: Tensor = output if isinstance(output, Tensor) else output[0]
    return embeddings
