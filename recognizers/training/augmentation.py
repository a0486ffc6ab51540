"""How crops are varied while a recogniser learns from them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Transform = Callable[[Tensor], Tensor]
"""From crops (B, 3, H, W), RGB, 0..1, to as many of the same kind."""


def name_of(transform: Transform) -> str:
    """What a transform is called in checkpoints: its own `name`, or that of the function or class."""
    fallback = getattr(transform, "__qualname__", type(transform).__qualname__)
    return str(getattr(transform, "name", fallback))


def flipped_and_shifted(crops: Tensor, flip: bool, shift: int) -> Tensor:
    """Each crop mirrored or not and shifted, from PyTorch's global generator; gradients pass.

    Args:
        crops: (B, 3, H, W).
        flip: Whether one in two is mirrored.
        shift: The largest shift in pixels, along each axis; what comes in from outside repeats the edge.
    """
    count, (height, width) = len(crops), crops.shape[-2:]
    mirrored = (torch.rand(count) < 0.5).tolist() if flip else [False] * count
    places = torch.randint(2 * shift + 1, (count, 2)).tolist()
    if not flip and not shift:
        return crops
    padded = F.pad(crops, (shift,) * 4, mode="replicate") if shift else crops
    varied = []
    for crop, is_mirrored, (top, left) in zip(padded, mirrored, places, strict=True):
        part = crop[:, top : top + height, left : left + width]
        varied.append(part.flip(-1) if is_mirrored else part)
    return torch.stack(varied)
