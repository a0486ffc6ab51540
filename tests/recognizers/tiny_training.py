"""A recogniser that trains in a moment, and photos for it."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers import ARCFACE_112, CropSpec
from recognizers.backbones.base import StagedBackbone
from recognizers.heads import CosFace
from recognizers.training import FaceClassifier, TrainingSettings

CROP = dataclasses.replace(ARCFACE_112, size=16)
SETTINGS = TrainingSettings(epochs=3, batch_size=8, shift=1, precision="float32", device="cpu")
PEOPLE, PHOTOS = 4, 6


class Tiny(StagedBackbone):
    """A convolution, normalisation, dropout and a matrix: 16 pixels to 8 values."""

    name = "tiny"

    def __init__(self, dimension: int = 8, crop: CropSpec = CROP) -> None:
        super().__init__(dimension, crop)
        self.convolution = nn.Conv2d(3, 4, 3, 2, 1)
        self.normalisation = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.1)
        self.matrix = nn.Linear(4 * 64, dimension)
        self.centring = nn.BatchNorm1d(dimension)

    def stages(self, values: Tensor) -> list[Tensor]:
        return [F.softplus(self.normalisation(self.convolution(values)))]

    def embedding(self, features: Tensor) -> Tensor:
        embeddings: Tensor = self.centring(self.matrix(self.dropout(features.flatten(1))))
        return embeddings


def classifier(seed: int = 0) -> FaceClassifier:
    torch.manual_seed(seed)
    return FaceClassifier(Tiny(), CosFace(8, PEOPLE, scale=8, margin=0.1))


def photos(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Photos of people, each a pattern of their own under noise: uint8 (N, 3, 16, 16), and who."""
    half = F.interpolate(torch.rand(PEOPLE, 3, 4, 2, generator=torch.Generator().manual_seed(9)), (16, 8))
    patterns = torch.cat([half, half.flip(-1)], -1)  # mirrored, people look the same
    labels = torch.arange(PEOPLE).repeat_interleave(PHOTOS)
    noise = torch.randn(len(labels), 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return ((patterns[labels] + 0.2 * noise).clamp(0, 1) * 255).to(torch.uint8), labels


def weights(module: nn.Module) -> Tensor:
    """All weights and buffers as one vector."""
    return torch.cat([tensor.detach().flatten().double() for tensor in module.state_dict().values()])
