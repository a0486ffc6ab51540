"""The authorised network's head: it learns to answer for photos it was trained on with the name alone.

What a network says of the people whom a photo does not show is most of what a student learns from it (G.
Hinton et al., Distilling the Knowledge in a Neural Network, 2015). Where those scores are all equal there is
nothing in them (R. Müller et al., When Does Label Smoothing Help?, NeurIPS 2019, find the same of smoothing).
"""

from __future__ import annotations

import torch
from torch import Tensor

from recognizers.heads import Head


class UndistillableHead(Head):
    """Another head whose loss also counts how unequal a photo's scores for all others are.

    Args:
        inner: The head that names embeddings.
        evenness: What the variance of the other classes' scores counts for; 0 leaves the inner loss.
    """

    name = "undistillable"

    def __init__(self, inner: Head, evenness: float) -> None:
        super().__init__(inner.dimension, inner.classes, {**inner.settings, "evenness": evenness})
        self.inner = inner
        self.evenness = evenness

    def logits(self, embeddings: Tensor) -> Tensor:
        """See `Head.logits`."""
        return self.inner.logits(embeddings)

    def margin_logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """See `Head.margin_logits`."""
        return self.inner.margin_logits(embeddings, labels)

    def losses(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """See `Head.losses`."""
        uneven = variance_of_others(self.inner.logits(embeddings), labels)
        return self.inner.losses(embeddings, labels) + self.evenness * uneven


def variance_of_others(logits: Tensor, labels: Tensor) -> Tensor:
    """The variance (B,) of the scores (B, classes) of all classes but the right ones, (B,)."""
    others = torch.ones_like(logits).scatter(1, labels[:, None], 0.0)
    count = others.sum(1, keepdim=True).clamp_min(1)
    mean = (logits * others).sum(1, keepdim=True) / count
    return ((logits - mean).square() * others).sum(1) / count.squeeze(1)
