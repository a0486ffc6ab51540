"""The classification losses of the library pytorch-metric-learning as heads."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from recognizers.errors import RecognizerError
from recognizers.heads.base import Head


class MetricLearning(Head):
    """A loss of `pytorch_metric_learning.losses` that has weights for each class, at its own defaults.

    These are, in version 2.9, ArcFaceLoss, CosFaceLoss, LargeMarginSoftmaxLoss, NormalizedSoftmaxLoss,
    ProxyAnchorLoss, ProxyNCALoss, SoftTripleLoss, SphereFaceLoss and SubCenterArcFaceLoss.

    Args:
        loss: The loss's name, such as "SubCenterArcFaceLoss".
        dimension: The length of the embeddings.
        classes: How many people there are.
        settings: The loss's own options, numbers.

    Raises:
        RecognizerError: The library is not installed, or has no such loss.
        ValueError: The loss does not take these options.
    """

    def __init__(self, loss: str, dimension: int, classes: int, **settings: float) -> None:
        super().__init__(dimension, classes, settings)
        self.name = name = f"metric-learning:{loss}"
        try:
            from pytorch_metric_learning import losses, reducers
        except ImportError as error:
            raise RecognizerError(
                f"{name} needs pytorch-metric-learning: pip install 'faceguard[metric-learning]'"
            ) from error
        kinds: dict[str, Any] = {
            known: each
            for known, each in inspect.getmembers(losses, inspect.isclass)
            if hasattr(each, "get_logits") and hasattr(each, "compute_loss")
        }
        kind = kinds.get(loss)
        if kind is None:
            raise RecognizerError(
                f"pytorch-metric-learning has no loss {loss!r} with weights for each class; "
                f"there are {', '.join(kinds)}"
            )
        try:
            self.loss: Any = kind(num_classes=classes, embedding_size=dimension, **settings)
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from error
        # Its own reducer would average what `losses` has to give one by one.
        self._reducer = self.loss.reducer
        self.loss.reducer = reducers.DoNothingReducer()

    def logits(self, embeddings: Tensor) -> Tensor:
        """See `Head.logits`."""
        scores: Tensor = self.loss.get_logits(embeddings)
        return scores

    def losses(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """See `Head.losses`.

        A loss that the library defines over classes and not over samples (ProxyAnchorLoss) gives each sample
        the loss of the whole batch.
        """
        parts = self.loss(embeddings, labels)
        (part, *others) = [each for each in parts.values() if torch.is_tensor(each["losses"])]
        if not others and part["reduction_type"] == "element" and len(part["losses"]) == len(labels):
            each: Tensor = part["losses"]
            return each
        total: Tensor = self._reducer(parts, embeddings, labels)
        return total.expand(len(labels))
