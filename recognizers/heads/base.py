"""What every head is: it names the people of a training set, and says how wrong an embedding is."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn
from torch.nn import functional as F


class Head(nn.Module):
    """A classifier over embeddings with its training loss.

    Args:
        dimension: The length of the embeddings.
        classes: How many people there are.
        settings: What else it was built with, for checkpoints.

    Attributes:
        name: What `recognizers.heads.build` knows it by.

    Raises:
        ValueError: It cannot be built so.
    """

    name: str

    def __init__(self, dimension: int, classes: int, settings: dict[str, float] | None = None) -> None:
        super().__init__()
        if dimension < 1 or classes < 1:
            raise ValueError(f"a head needs dimensions and classes, not {dimension} and {classes}")
        self.dimension = dimension
        self.classes = classes
        self.settings = dict(settings or {})

    @abstractmethod
    def logits(self, embeddings: Tensor) -> Tensor:
        """Scores (B, classes) of embeddings (B, dimension), without any margin: what it predicts by."""

    def margin_logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Scores (B, classes) as they are trained: less a margin for the right class, if the head has one."""
        return self.logits(embeddings)

    def losses(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Each sample's own loss (B,), whose mean is what training lowers: cross-entropy of those scores.

        Args:
            embeddings: (B, dimension), of any length.
            labels: (B,), int64, 0..classes - 1.
        """
        return F.cross_entropy(self.margin_logits(embeddings, labels), labels, reduction="none")
