"""FaceNet's network, InceptionResnetV1, as facenet-pytorch has it, with random weights to begin with."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from recognizers.backbones.base import StagedBackbone
from recognizers.crops import FACENET_160, CropSpec

_SMALLEST = 75  # pixels: below, the last group's convolutions have nothing left to slide over


class InceptionResNet(StagedBackbone):
    """facenet-pytorch's InceptionResnetV1, at 160 pixels or another size, 112 for instance.

    Its embedding is what the network's classifier sees: unlike facenet-pytorch's `forward` it is not brought
    to unit length, so that a softmax head can learn; cosines are the same. Dropout (0.6) is part of it.
    """

    name = "inception-resnet-v1"

    def __init__(self, dimension: int = 512, crop: CropSpec = FACENET_160) -> None:
        super().__init__(dimension, crop)
        if crop.size < _SMALLEST:
            raise ValueError(f"{self.name} takes crops of at least {_SMALLEST} pixels, not {crop.size}")
        from facenet_pytorch import InceptionResnetV1  # here, since it takes seconds

        self.network: Any = InceptionResnetV1()
        if dimension != self.network.last_linear.out_features:
            self.network.last_linear = nn.Linear(self.network.last_linear.in_features, dimension, bias=False)
            self.network.last_bn = nn.BatchNorm1d(dimension, eps=self.network.last_bn.eps)

    def stages(self, values: Tensor) -> list[Tensor]:
        """What the three groups of residual blocks put out: 17, 8 and 3 pixels at 160."""
        net = self.network
        x = net.conv2d_2b(net.conv2d_2a(net.conv2d_1a(values)))
        x = net.conv2d_4b(net.conv2d_4a(net.conv2d_3b(net.maxpool_3a(x))))
        first = net.repeat_1(x)
        second = net.repeat_2(net.mixed_6a(first))
        return [first, second, net.block8(net.repeat_3(net.mixed_7a(second)))]

    def embedding(self, features: Tensor) -> Tensor:
        """Average, dropout, matrix, normalisation."""
        net = self.network
        embeddings: Tensor = net.last_bn(net.last_linear(net.dropout(features.mean((2, 3)))))
        return embeddings
