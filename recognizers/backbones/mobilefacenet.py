"""MobileFaceNet as in insightface's arcface_torch: twice as wide as in the paper.

S. Chen et al., MobileFaceNets, CCBR 2018. Modules are named as in arcface_torch, so that weights published
for it fit by name.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from recognizers.backbones.base import StagedBackbone, halved
from recognizers.crops import ARCFACE_112, CropSpec

_WIDTHS = (128, 128, 256, 256)  # of the four sizes, half the crop and smaller
_EXPANDED = (128, 256, 512)  # the channels inside the block that halves, by size
_REPEATED = ((4, 128), (6, 256), (2, 256))  # blocks after it, and the channels inside them
_LAST = 512


class _Unit(nn.Module):
    """Convolution and normalisation, with PReLU where it is not linear."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        padding = 0 if linear else kernel // 2
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.layers = nn.Sequential(*layers, *([] if linear else [nn.PReLU(outputs)]))

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.layers(x)
        return outputs


class _Bottleneck(nn.Module):
    """Widen, convolve each channel alone, narrow; what does not halve is added to what came in."""

    def __init__(self, inputs: int, outputs: int, inside: int, stride: int) -> None:
        super().__init__()
        self.residual = stride == 1
        self.layers = nn.Sequential(
            _Unit(inputs, inside),
            _Unit(inside, inside, 3, stride, inside),
            _Unit(inside, outputs, linear=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.layers(x)
        return x + outputs if self.residual else outputs


class _Repeated(nn.Module):
    def __init__(self, width: int, inside: int, blocks: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(_Bottleneck(width, width, inside, 1) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.layers(x)
        return outputs


class _Embedding(nn.Module):
    """Weighs each channel over all places (global depthwise convolution), then matrix and normalisation."""

    def __init__(self, side: int, dimension: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _Unit(_LAST, _LAST, side, groups=_LAST, linear=True),
            nn.Flatten(),
            nn.Linear(_LAST, dimension, bias=False),
            nn.BatchNorm1d(dimension),
        )

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.layers(x)
        return outputs


class MobileFaceNet(StagedBackbone):
    """MobileFaceNet."""

    name = "mobilefacenet"

    def __init__(self, dimension: int = 512, crop: CropSpec = ARCFACE_112) -> None:
        super().__init__(dimension, crop)
        first = _WIDTHS[0]
        # arcface_torch keeps the paper's 64 groups where it doubles the channels: two channels in each.
        self.layers = nn.ModuleList([_Unit(3, first, 3, 2), _Unit(first, first, 3, groups=64)])
        for (before, after), inside, (blocks, within) in zip(
            pairwise(_WIDTHS), _EXPANDED, _REPEATED, strict=True
        ):
            self.layers.append(_Bottleneck(before, after, inside, 2))
            self.layers.append(_Repeated(after, within, blocks))
        self.conv_sep = _Unit(_WIDTHS[-1], _LAST)
        self.features = _Embedding(halved(crop.size, 4), dimension)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stages(self, values: Tensor) -> list[Tensor]:
        """What the layers put out at 56, 28, 14 and 7 pixels (at 112), the last widened to 512 channels."""
        x = values
        outputs = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index % 2:  # the second of each pair of layers on the same size
                outputs.append(x)
        return [*outputs[:-1], self.conv_sep(x)]

    def embedding(self, features: Tensor) -> Tensor:
        """See `_Embedding`."""
        embeddings: Tensor = self.features(features)
        return embeddings
