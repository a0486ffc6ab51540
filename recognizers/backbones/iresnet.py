"""The residual networks that ArcFace is trained with: IResNet (R18, R50) of insightface's arcface_torch.

J. Deng et al., ArcFace, CVPR 2019, section 3.1. Modules are named as there, so that weights published for
arcface_torch fit by name; its `fc` and `features` (matrix and normalisation) make the embedding.
"""

from __future__ import annotations

from torch import Tensor, nn

from recognizers.backbones.base import StagedBackbone, halved
from recognizers.crops import ARCFACE_112, CropSpec

_WIDTHS = (64, 128, 256, 512)


class _Block(nn.Module):
    """Normalise, convolve, normalise, PReLU, convolve (with the stride), normalise; nothing after the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.prelu = nn.PReLU(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        branch = self.bn3(self.conv2(branch))
        return branch + (x if self.downsample is None else self.downsample(x))


class IResNet(StagedBackbone):
    """An IResNet; its kinds differ in the blocks of each of its four groups."""

    blocks: tuple[int, int, int, int]

    def __init__(self, dimension: int = 512, crop: CropSpec = ARCFACE_112) -> None:
        super().__init__(dimension, crop)
        self.conv1 = nn.Conv2d(3, _WIDTHS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(_WIDTHS[0])
        self.prelu = nn.PReLU(_WIDTHS[0])
        self.layer1 = _group(_WIDTHS[0], _WIDTHS[0], self.blocks[0])
        self.layer2 = _group(_WIDTHS[0], _WIDTHS[1], self.blocks[1])
        self.layer3 = _group(_WIDTHS[1], _WIDTHS[2], self.blocks[2])
        self.layer4 = _group(_WIDTHS[2], _WIDTHS[3], self.blocks[3])
        self.bn2 = nn.BatchNorm2d(_WIDTHS[3])
        self.fc = nn.Linear(_WIDTHS[3] * halved(crop.size, 4) ** 2, dimension)
        self.features = nn.BatchNorm1d(dimension)
        self.features.weight.requires_grad_(False)  # stays 1: the head scales
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, 0, 0.1)

    def stages(self, values: Tensor) -> list[Tensor]:
        """What the four groups put out: 56, 28, 14 and 7 pixels at 112."""
        x = self.prelu(self.bn1(self.conv1(values)))
        outputs = []
        for group in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = group(x)
            outputs.append(x)
        return outputs

    def embedding(self, features: Tensor) -> Tensor:
        """Normalise, flatten, matrix, normalise."""
        embeddings: Tensor = self.features(self.fc(self.bn2(features).flatten(1)))
        return embeddings


class IResNet18(IResNet):
    """R18: 24 million weights."""

    name = "iresnet18"
    blocks = (2, 2, 2, 2)


class IResNet50(IResNet):
    """R50: 43.6 million weights."""

    name = "iresnet50"
    blocks = (3, 4, 14, 3)


def _group(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(
        _Block(inputs, outputs, 2), *(_Block(outputs, outputs, 1) for _ in range(blocks - 1))
    )
