"""Reverse cross-entropy: what a model that names photos rightly must be moved down to name them wrongly."""

from __future__ import annotations

import torch
from torch import Tensor


def reverse_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log(1 - p_y) of each sample, (B,), computed without rounding 1 - p_y to zero.

    L. Fowl et al., Preventing Unauthorized Use of Proprietary Data (2021), section 3; their code's form:
    the logarithm of the sum over all classes, less that over all but the right one.

    Args:
        logits: (B, classes), float; at least two classes.
        labels: (B,), int64, 0..classes - 1.

    Raises:
        ValueError: There is no other class that a sample could be taken for.
    """
    if logits.shape[1] < 2:
        raise ValueError(f"reverse cross-entropy needs at least two classes, not {logits.shape[1]}")
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return logits.logsumexp(1) - others.logsumexp(1)
