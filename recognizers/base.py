"""What every recogniser is: a name, a licence, a crop, a usual threshold, and `embed`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError as RecognizerError


class Measure(Enum):
    """How a recogniser's users compare two of its embeddings."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"


@dataclass(frozen=True)
class Threshold:
    """Where a recogniser's users draw the line between one person and two.

    Attributes:
        measure: Cosine similarity (same person at or above) or Euclidean distance (same person at or below).
        value: The line, in the measure's own units.
        source: Where the value comes from.
    """

    measure: Measure
    value: float
    source: str

    def same_person(self, first: Tensor, second: Tensor) -> Tensor:
        """Which pairs of embeddings (..., D) the recogniser takes for the same person: bool (...).

        Examples:
            >>> line = Threshold(Measure.EUCLIDEAN, 0.6, "dlib's documentation")
            >>> line.same_person(torch.tensor([0.0, 0.5]), torch.tensor([[0.0, 0.0], [1.0, 0.5]]))
            tensor([ True, False])
        """
        if self.measure is Measure.COSINE:
            return torch.nn.functional.cosine_similarity(first, second, dim=-1) >= self.value
        distance: Tensor = torch.linalg.vector_norm(first - second, dim=-1)
        return distance <= self.value


@dataclass(frozen=True)
class Views:
    """What a recogniser makes of a batch of crops.

    Attributes:
        embedding: (B, D), as the network gives it: not brought to unit length.
        features: Intermediate activations, each (B, channels, height, width); empty where the recogniser
            does not show them.
    """

    embedding: Tensor
    features: Sequence[Tensor]


@runtime_checkable
class Recognizer(Protocol):
    """A face recogniser: aligned crops in, embeddings out.

    Attributes:
        name: What a person types to load it, or what its file calls itself.
        licence: The licence of its weights, in words.
        crop: The crop it must be given.
        dimension: The length of its embeddings.
        threshold: Its usual threshold, or None where nobody has published one.
        differentiable: Whether gradients pass from the embedding to the crop.
    """

    @property
    def name(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def crop(self) -> CropSpec: ...
    @property
    def dimension(self) -> int: ...
    @property
    def threshold(self) -> Threshold | None: ...
    @property
    def differentiable(self) -> bool: ...

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, crop.size, crop.size), RGB, 0..1."""
        ...

    def view(self, crops: Tensor) -> Views:
        """The embeddings of the same crops together with intermediate features, for crafting."""
        ...

    def to(self, device: torch.device | str) -> Recognizer:
        """The same recogniser with its weights on another device."""
        ...


def check_crops(crops: Tensor, crop: CropSpec, name: str) -> None:
    """Refuses crops of the wrong shape or type with a message that names both.

    Raises:
        ValueError: The crops are not a float tensor (B, 3, size, size).
    """
    wanted = (3, crop.size, crop.size)
    if crops.ndim != 4 or tuple(crops.shape[1:]) != wanted:
        raise ValueError(f"{name} takes crops (B, 3, {crop.size}, {crop.size}), not {tuple(crops.shape)}")
    if not crops.is_floating_point():
        raise ValueError(f"{name} takes float crops with values 0..1, not {crops.dtype}")


def network_input(crops: Tensor, crop: CropSpec) -> Tensor:
    """Crops (B, 3, size, size), RGB, 0..1 in the value range and colour order that a network takes."""
    mean = torch.tensor(crop.mean, dtype=crops.dtype, device=crops.device).view(1, 3, 1, 1)
    values = crops * (255 / crop.scale) - mean / crop.scale
    return values.flip(1) if crop.colour_order == "BGR" else values
