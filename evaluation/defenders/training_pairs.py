"""What learned defenders learn from: faces of other people, clean and protected by the tool itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recognizers import Recognizer

_AT_ONCE = 32
FEWEST = 8  # pairs of photos; with fewer there is nothing to learn


@dataclass(frozen=True, eq=False)
class TrainingPairs:
    """Aligned crops of the same faces before and after protection.

    Attributes:
        clean: (N, 3, size, size), RGB, 0..1.
        protected: The same of the protected photos, aligned alike.
        people: (N,) whose they are, numbered from 0.
    """

    clean: Tensor
    protected: Tensor
    people: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.people)


@torch.no_grad()
def embedded(recognizer: Recognizer, crops: Tensor, device: torch.device) -> Tensor:
    """The embeddings (N, D) of crops (N, 3, size, size), on the device."""
    return torch.cat([recognizer.embed(part.float().to(device)).float() for part in crops.split(_AT_ONCE)])
