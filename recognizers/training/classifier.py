"""A backbone and a head: what is trained, and what poisons are crafted on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recognizers import backbones, heads
from recognizers.backbones import Backbone
from recognizers.base import check_crops, network_input
from recognizers.crops import CropSpec
from recognizers.heads import Head
from recognizers.training.randomness import seeded


class FaceClassifier(nn.Module):
    """Crops in, people out. Gradients pass to the crops and to the weights, and gradients of gradients too.

    Crops are always float (B, 3, size, size), RGB, 0..1, of the backbone's `crop`. `train()` and `eval()`
    switch as for any module: in training, normalisation is over the batch and remembers it.

    Args:
        backbone: Makes embeddings of crops.
        head: Names embeddings.

    Raises:
        ValueError: The head takes embeddings of another length.
    """

    def __init__(self, backbone: Backbone, head: Head) -> None:
        super().__init__()
        if backbone.dimension != head.dimension:
            raise ValueError(
                f"{backbone.name} gives {backbone.dimension} values and {head.name} takes {head.dimension}"
            )
        self.backbone = backbone
        self.head = head

    @property
    def crop(self) -> CropSpec:
        """The crop it is shown."""
        return self.backbone.crop

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops, as the backbone gives them."""
        check_crops(crops, self.crop, self.backbone.name)
        embeddings: Tensor = self.backbone(network_input(crops, self.crop))[0]
        return embeddings

    def logits(self, crops: Tensor) -> Tensor:
        """Scores (B, classes) of crops, without a margin."""
        embeddings = self.embed(crops)
        with torch.autocast(crops.device.type, enabled=False):
            return self.head.logits(embeddings)

    def margin_logits(self, crops: Tensor, labels: Tensor) -> Tensor:
        """Scores (B, classes) of crops as they are trained: the right class's less its margin."""
        embeddings = self.embed(crops)
        with torch.autocast(crops.device.type, enabled=False):
            return self.head.margin_logits(embeddings, labels)

    def losses(self, crops: Tensor, labels: Tensor) -> Tensor:
        """Each crop's own training loss (B,), for labels (B,), int64."""
        embeddings = self.embed(crops)
        with torch.autocast(crops.device.type, enabled=False):
            return self.head.losses(embeddings, labels)

    @torch.no_grad()
    def predict(self, crops: Tensor, batch_size: int = 128) -> Tensor:
        """The most likely classes (N,), int64, on the CPU, in evaluation mode.

        Args:
            crops: (N, 3, size, size), RGB, uint8 or float 0..1; they may lie on another device.
            batch_size: How many are looked at together.
        """
        was_training = self.training
        self.eval()
        try:
            device = next(self.parameters()).device
            classes = [
                self.logits(as_float(part.to(device))).argmax(1).cpu() for part in crops.split(batch_size)
            ]
        finally:
            self.train(was_training)
        return torch.cat(classes) if len(crops) else torch.zeros(0, dtype=torch.int64)


def as_float(crops: Tensor) -> Tensor:
    """Crops as float 0..1, from uint8 or float."""
    return crops.float() / 255 if crops.dtype == torch.uint8 else crops


def new_classifier(
    backbone: str,
    head: str,
    classes: int,
    *,
    dimension: int | None = None,
    crop: CropSpec | None = None,
    seed: int = 0,
    **head_settings: float,
) -> FaceClassifier:
    """A classifier with random weights that depend on the seed alone.

    Args:
        backbone: One of `recognizers.backbones.available()`.
        head: One of `recognizers.heads.available()`.
        classes: How many people there are.
        dimension: The length of the embeddings; the backbone's usual one if not given.
        crop: The crop it is shown; the backbone's usual one if not given.
        seed: Decides the weights.
        head_settings: The head's own, such as `scale` and `margin`.

    Raises:
        RecognizerError: A name is unknown, or cannot be built so.
    """
    with seeded(seed, "weights"):
        built = backbones.build(backbone, dimension, crop)
        return FaceClassifier(built, heads.build(head, built.dimension, classes, **head_settings))
