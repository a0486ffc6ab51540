"""dlib's ResNet face descriptor as a PyTorch module: Davis King's 29 layers, affine layers folded in."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.dlib_weights import DlibWeights

# Filters of each group of blocks, how many blocks it has, and whether the first of them halves.
_GROUPS = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))


class Block(nn.Module):
    """A residual block; one that halves averages its input 2x2 and pads what it adds with zeros."""

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.first = nn.Conv2d(inputs, outputs, 3, stride=2 if halves else 1, padding=0 if halves else 1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.second(F.relu(self.first(x)))
        trunk = F.avg_pool2d(x, 2, 2) if self.halves else x
        return F.relu(summed(trunk, branch))


def summed(trunk: Tensor, branch: Tensor) -> Tensor:
    """The sum of tensors (B, C, H, W) of unequal shapes: zeros at the end of channels, rows and columns."""
    shape = [max(sides) for sides in zip(trunk.shape[1:], branch.shape[1:], strict=True)]
    return _pad(trunk, shape) + _pad(branch, shape)


def _pad(x: Tensor, shape: list[int]) -> Tensor:
    channels, rows, columns = (wanted - has for wanted, has in zip(shape, x.shape[1:], strict=True))
    return F.pad(x, (0, columns, 0, rows, 0, channels)) if channels or rows or columns else x


class DlibNetwork(nn.Module):
    """The network alone: (B, 3, 150, 150) as `network_input` gives it -> (B, 128) and the group outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 7, stride=2)
        self.groups = nn.ModuleList()
        inputs = 32
        for outputs, blocks, halves in _GROUPS:
            first = Block(inputs, outputs, halves)
            rest = (Block(outputs, outputs, False) for _ in range(blocks - 1))
            self.groups.append(nn.Sequential(first, *rest))
            inputs = outputs
        self.head = nn.Linear(256, 128, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        x = F.max_pool2d(F.relu(self.stem(x)), 3, 2)
        outputs = []
        for group in self.groups:
            x = group(x)
            outputs.append(x)
        return self.head(x.mean((2, 3))), outputs

    def blocks(self) -> list[list[Block]]:
        """The residual blocks of each group."""
        return [list(cast(nn.Sequential, group)) for group in self.groups]  # type: ignore[arg-type]

    @torch.no_grad()
    def load(self, weights: DlibWeights) -> None:
        """Takes over the weights of dlib's file, affine layers folded in."""
        convolutions = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        for module, stored in zip(convolutions, weights.convolutions, strict=True):
            filters, biases = stored.folded(module.in_channels, module.kernel_size[0])
            module.weight.copy_(torch.from_numpy(filters))
            assert module.bias is not None
            module.bias.copy_(torch.from_numpy(biases))
        self.head.weight.copy_(torch.from_numpy(weights.matrix.T.copy()))
