"""What CosFace and ArcFace share: cosines to one direction for each class, a margin, a scale."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.heads.base import Head


class AngularHead(Head):
    """Scores are the embedding's cosines to the classes' directions, times a scale.

    Args:
        dimension: The length of the embeddings.
        classes: How many people there are.
        scale: What the cosines are multiplied by.
        margin: How much harder the right class is made.
    """

    def __init__(self, dimension: int, classes: int, scale: float, margin: float) -> None:
        if scale <= 0 or margin < 0:
            raise ValueError(
                f"{self.name} takes a scale above 0 and a margin from 0, not {scale} and {margin}"
            )
        super().__init__(dimension, classes, {"scale": scale, "margin": margin})
        self.scale = scale
        self.margin = margin
        self.weight = nn.Parameter(torch.empty(classes, dimension))
        nn.init.normal_(self.weight, std=0.01)

    def cosines(self, embeddings: Tensor) -> Tensor:
        """Cosines (B, classes) of embeddings (B, dimension) to the classes' directions."""
        return F.linear(F.normalize(embeddings), F.normalize(self.weight))

    def logits(self, embeddings: Tensor) -> Tensor:
        """See `Head.logits`."""
        return self.scale * self.cosines(embeddings)

    @abstractmethod
    def narrowed(self, cosines: Tensor) -> Tensor:
        """The right classes' cosines (B, 1) after the margin."""

    def margin_logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """See `Head.margin_logits`."""
        cosines = self.cosines(embeddings)
        right = labels[:, None]
        return self.scale * cosines.scatter(1, right, self.narrowed(cosines.gather(1, right)))
