"""A network trained by faceguard as a recogniser, in memory or from its files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recognizers import backbones
from recognizers.backbones import Backbone
from recognizers.base import Threshold, Views, check_crops, network_input
from recognizers.checkpoint import Checkpoint, common_description, write_checkpoint
from recognizers.crops import CropSpec

KIND = "network"
OWN_LICENCE = "your own training; the photos' terms apply"


class TrainedNetwork:
    """A recogniser around a backbone; differentiable.

    Args:
        backbone: The network; the recogniser takes a copy, in evaluation mode and with frozen weights.
        device: Where the network runs.
        name: What it is called.
        licence: The licence of its weights, in words.
        threshold: Its usual threshold, where one is known.
    """

    differentiable = True

    def __init__(
        self,
        backbone: Backbone,
        device: torch.device | str = "cpu",
        *,
        name: str = "trained",
        licence: str = OWN_LICENCE,
        threshold: Threshold | None = None,
    ) -> None:
        self.name = name
        self.licence = licence
        self.threshold = threshold
        self.network = copy.deepcopy(backbone)
        self.network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, device: torch.device | str = "cpu") -> TrainedNetwork:
        """The recogniser that a checkpoint holds, called `file:` and its path.

        Raises:
            RecognizerError: Its sidecar or its tensors do not fit any backbone.
        """
        return cls(
            restored_backbone(checkpoint),
            device,
            name=f"file:{checkpoint.path}",
            licence=checkpoint.read("licence", str),
            threshold=checkpoint.threshold(),
        )

    @property
    def crop(self) -> CropSpec:
        """The crop it must be given."""
        return self.network.crop

    @property
    def dimension(self) -> int:
        """The length of its embeddings."""
        return self.network.dimension

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1; not brought to unit length."""
        return self.view(crops).embedding

    def view(self, crops: Tensor) -> Views:
        """The embeddings of crops and the backbone's coarsest feature maps, fine to coarse."""
        check_crops(crops, self.crop, self.name)
        if not len(crops):  # some layers cannot flatten nothing
            return Views(crops.new_zeros(0, self.dimension), ())
        embedding, features = self.network(network_input(crops, self.crop))
        return Views(embedding, features)

    def to(self, device: torch.device | str) -> TrainedNetwork:
        """The same recogniser with its weights on another device."""
        self.network.to(device)
        return self

    def save(self, path: Path) -> None:
        """Writes the recogniser for `recognizers.load("file:PATH")`.

        Args:
            path: The file of tensors, NAME.safetensors; its sidecar NAME.json comes beside it.

        Raises:
            RecognizerError: It cannot be written.
        """
        tensors = {f"backbone.{name}": tensor for name, tensor in self.network.state_dict().items()}
        write_checkpoint(path, network_description(self.network, self.licence, self.threshold), tensors)


def network_description(
    backbone: Backbone, licence: str = OWN_LICENCE, threshold: Threshold | None = None
) -> dict[str, Any]:
    """What a sidecar says of a network."""
    common = common_description(KIND, backbone.crop, backbone.dimension, licence, threshold)
    return {**common, "backbone": backbone.name}


def restored_backbone(checkpoint: Checkpoint) -> Backbone:
    """The backbone that a checkpoint holds, with its weights, trainable.

    Raises:
        RecognizerError: Its sidecar or its tensors do not fit any backbone.
    """
    backbone = backbones.build(
        checkpoint.read("backbone", str), checkpoint.read("dimension", int), checkpoint.crop()
    )
    try:
        backbone.load_state_dict(checkpoint.under("backbone"))
    except RuntimeError as error:
        complaint = " ".join(str(error).split())[:300]
        raise checkpoint.refusal(f"the weights are not those of {backbone.name}: {complaint}") from error
    return backbone
