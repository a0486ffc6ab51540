"""Convolutions with fixed weights, laid out for the processor once and not again at every call.

PyTorch brings a convolution's weights into oneDNN's own layout at each call; for a few crops that costs more
than the convolution. These are the operators that `torch.compile` makes of convolutions (bias, ReLU and sum
in one pass), without its compiler. They are not part of PyTorch's public interface: `packing_works` tries
them, and who uses them goes on without where it says no.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

_ONE = [1, 1]


class PackedConvolution:
    """A convolution on the processor and the gradient to its input.

    Args:
        layer: A convolution with bias, of one group, without dilation; its weights are copied.
        dtype: What is computed in; inputs and outputs have this type and are `channels_last`.
    """

    def __init__(self, layer: nn.Conv2d, dtype: torch.dtype) -> None:
        assert layer.bias is not None
        self._stride, self._padding = list(layer.stride), [int(side) for side in layer.padding]
        self._weight = _laid_out(layer.weight.detach().to(dtype))
        self._bias = layer.bias.detach().to(dtype)
        self._packed = _packed(self._weight, self._padding, self._stride)
        if self._stride == _ONE:
            # The gradient of a convolution that does not stride is a convolution with the turned filters.
            turned = _laid_out(self._weight.flip(2, 3).transpose(0, 1))
            sides = [kernel - 1 - pad for kernel, pad in zip(layer.kernel_size, self._padding, strict=True)]
            self._back_padding, self._turned = sides, _packed(turned, sides, _ONE)

    def __call__(self, x: Tensor, *, relu: bool = False, plus: Tensor | None = None) -> Tensor:
        """The convolution of (B, C, H, W), then the sum with `plus`, then ReLU."""
        run = torch.ops.mkldnn._convolution_pointwise
        sides = self._padding, self._stride, _ONE, 1
        kind = "relu" if relu else None
        if plus is None:
            return cast(Tensor, run(x, self._packed, self._bias, *sides, kind or "none", [], ""))
        return cast(
            Tensor,
            run.binary(x, plus, self._packed, self._bias, *sides, "add", 1.0, kind, [], "" if relu else None),
        )

    def input_gradient(
        self, gradient: Tensor, shape: torch.Size | None = None, plus: Tensor | None = None
    ) -> Tensor:
        """The gradient to the input from the one to the output, and the sum with `plus`.

        Args:
            gradient: (B, outputs, H, W).
            shape: The input's; needed where the convolution strides.
            plus: Of the input's shape; only where the convolution does not stride.
        """
        if self._stride != _ONE:
            assert shape is not None
            assert plus is None
            return cast(Tensor, conv2d_input(shape, self._weight, gradient, self._stride, self._padding))
        run = torch.ops.mkldnn._convolution_pointwise
        sides = self._back_padding, _ONE, _ONE, 1
        if plus is None:
            return cast(Tensor, run(gradient, self._turned, None, *sides, "none", [], ""))
        return cast(
            Tensor, run.binary(gradient, plus, self._turned, None, *sides, "add", 1.0, None, [], None)
        )


def _laid_out(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _packed(weight: Tensor, padding: list[int], stride: list[int]) -> Tensor:
    return cast(Tensor, torch.ops.mkldnn._reorder_convolution_weight(weight, padding, stride, _ONE, 1, None))


@cache
@torch.no_grad()
def packing_works(dtype: torch.dtype) -> bool:
    """Whether this PyTorch has the operators, and this processor computes in a type with them."""
    if not torch.backends.mkldnn.is_available():
        return False
    generator = torch.Generator().manual_seed(0)
    layer = nn.Conv2d(8, 8, 3, padding=1)
    for parameter in layer.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator))
    x = _laid_out(torch.randn(1, 8, 5, 5, generator=generator))
    tolerance = 0.05 if dtype is torch.bfloat16 else 1e-4
    with torch.autocast("cpu", enabled=False):
        expected = F.relu(layer(x) + x), conv2d_input(x.shape, layer.weight, x, 1, 1) + x
        values = x.to(dtype)
        try:
            packed = PackedConvolution(layer, dtype)
            found = packed(values, relu=True, plus=values), packed.input_gradient(values, plus=values)
        except (AttributeError, RuntimeError, TypeError):
            return False
    return all(
        bool((one.float() - other).norm() <= tolerance * other.norm())
        for one, other in zip(found, expected, strict=True)
    )
