"""The plain classifier: a matrix, a bias, cross-entropy."""

from __future__ import annotations

from torch import Tensor, nn

from recognizers.heads.base import Head


class Softmax(Head):
    """Scores are linear in the embedding: W x + b."""

    name = "softmax"

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__(dimension, classes)
        self.linear = nn.Linear(dimension, classes)

    def logits(self, embeddings: Tensor) -> Tensor:
        """See `Head.logits`."""
        scores: Tensor = self.linear(embeddings)
        return scores
