"""The embedded recogniser's network as a backbone: to train it further."""

from __future__ import annotations

from torch import Tensor

from recognizers.backbones.base import StagedBackbone
from recognizers.crops import DLIB_150, CropSpec
from recognizers.dlib_network import DlibNetwork


class Dlib(StagedBackbone):
    """dlib's ResNet. It has no normalisation layers: it is for fine-tuning, from scratch it hardly learns."""

    name = "dlib"

    def __init__(self, dimension: int = 128, crop: CropSpec = DLIB_150) -> None:
        super().__init__(dimension, crop)
        if dimension != 128 or crop != DLIB_150:
            raise ValueError(f"{self.name} has embeddings of 128 values and dlib's crop, and no others")
        self.network = DlibNetwork()

    def stages(self, values: Tensor) -> list[Tensor]:
        """What the five groups of blocks put out."""
        groups: list[Tensor] = self.network(values)[1]
        return groups

    def embedding(self, features: Tensor) -> Tensor:
        """Average and matrix."""
        embeddings: Tensor = self.network.head(features.mean((2, 3)))
        return embeddings
