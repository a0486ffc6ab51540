"""The embedded recogniser's network on the processor: the same function, and the gradient to the crops only.

A surrogate's weights never change, so they are laid out once (`recognizers.packed_convolution`), sums and
ReLUs are part of the convolutions, and nothing is kept for gradients that nobody asks for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.dlib_network import Block, DlibNetwork, summed
from recognizers.packed_convolution import PackedConvolution

_SHOWN = (2, 3)  # the groups whose outputs are given out


class PackedDlib:
    """A copy of the network with its weights as they are now; it does not follow when they change.

    Args:
        network: The network.
        dtype: What convolutions compute in.
    """

    def __init__(self, network: DlibNetwork, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.stem = PackedConvolution(_stem_of_pairs(network.stem), dtype)
        self.groups = [[_PackedBlock(block, dtype) for block in group] for group in network.blocks()]
        self.head = network.head.weight.detach().float()

    def __call__(self, values: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, 3, 150, 150), as the network takes them -> (B, 128) float32, and two groups' outputs.

        They are the third's and the fourth's. Gradients of the first order pass to the values.
        """
        embedding, *shown = _Run.apply(values, self)
        return embedding, shown

    def __deepcopy__(self, memo: dict[int, Any]) -> PackedDlib:
        return self  # nothing in it ever changes


class _PackedBlock:
    """A residual block, see `recognizers.dlib_network.Block`."""

    def __init__(self, block: Block, dtype: torch.dtype) -> None:
        self.halves = block.halves
        self.first = PackedConvolution(block.first, dtype)
        self.second = PackedConvolution(block.second, dtype)
        self.outputs = block.second.out_channels

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The inner activation and the block's output."""
        inner = self.first(x, relu=True)
        if not self.halves:
            return inner, self.second(inner, relu=True, plus=x)
        total = summed(F.avg_pool2d(x, 2, 2), self.second(inner))
        return inner, F.relu_(total.contiguous(memory_format=torch.channels_last))

    def backward(self, gradient: Tensor, shape: torch.Size, inner: Tensor, output: Tensor) -> Tensor:
        """The gradient to the block's input, which had that shape."""
        gradient = torch.ops.aten.threshold_backward(gradient, output, 0)
        if not self.halves:
            through = torch.ops.aten.threshold_backward(self.second.input_gradient(gradient), inner, 0)
            return self.first.input_gradient(through, plus=gradient)
        rows, columns = inner.shape[2:]
        branch = gradient[:, : self.outputs, :rows, :columns].contiguous(memory_format=torch.channels_last)
        through = torch.ops.aten.threshold_backward(self.second.input_gradient(branch), inner, 0)
        to_input = self.first.input_gradient(through, shape)
        rows, columns = shape[2] // 2, shape[3] // 2
        trunk = gradient[:, : shape[1], :rows, :columns]
        to_input[:, :, : 2 * rows, : 2 * columns] += F.interpolate(trunk, scale_factor=2) / 4
        return to_input


class _Run(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, network: PackedDlib) -> tuple[Tensor, ...]:
        pairs = F.pixel_unshuffle(values.to(network.dtype), 2).contiguous(memory_format=torch.channels_last)
        stem = network.stem(pairs, relu=True)
        x, places = F.max_pool2d(stem, 3, 2, return_indices=True)
        kept, shown = [stem, places, x], []
        for group in network.groups:
            for block in group:
                inner, x = block.forward(x)
                kept += [inner, x]
            shown.append(x)
        if ctx.needs_input_grad[0]:
            ctx.network, ctx.dtype = network, values.dtype
            ctx.save_for_backward(*kept)
        with torch.autocast("cpu", enabled=False):
            embedding = F.linear(x.float().mean((2, 3)), network.head)
        return embedding, *(shown[place] for place in _SHOWN)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        network: PackedDlib = ctx.network
        stem, places, x, *kept = ctx.saved_tensors
        ends = [x, *kept[1::2]]  # of the blocks, before the first and after each
        rows, columns = ends[-1].shape[2:]
        pooled = (gradients[0].float() @ network.head / (rows * columns)).to(network.dtype)
        gradient = (
            pooled[:, :, None, None].expand(ends[-1].shape).contiguous(memory_format=torch.channels_last)
        )
        given = dict(zip(_SHOWN, gradients[1:], strict=True))
        block_number = len(ends) - 1
        for number in reversed(range(len(network.groups))):
            if number in given:
                gradient = gradient + given[number]
            for block in reversed(network.groups[number]):
                block_number -= 1
                inner, output = kept[2 * block_number], kept[2 * block_number + 1]
                gradient = block.backward(gradient, ends[block_number].shape, inner, output)
        gradient = torch.ops.aten.max_pool2d_with_indices_backward(
            gradient, stem, [3, 3], [2, 2], [0, 0], [1, 1], False, places
        )
        gradient = torch.ops.aten.threshold_backward(gradient, stem, 0)
        return F.pixel_shuffle(network.stem.input_gradient(gradient), 2).to(ctx.dtype), None


def _stem_of_pairs(stem: nn.Conv2d) -> nn.Conv2d:
    """The stem (7x7, stride 2, on 3 channels) as 4x4 on two by two pixels' 12 channels, without stride."""
    layer = nn.Conv2d(12, stem.out_channels, 4)
    assert layer.bias is not None
    assert stem.bias is not None
    with torch.no_grad():
        layer.weight.copy_(F.pixel_unshuffle(F.pad(stem.weight, (0, 1, 0, 1)), 2))
        layer.bias.copy_(stem.bias)
    return layer
