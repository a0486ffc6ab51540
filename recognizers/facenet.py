"""FaceNet as facenet-pytorch has it: InceptionResnetV1, weights converted from David Sandberg's facenet.

F. Schroff, D. Kalenichenko, J. Philbin: FaceNet, CVPR 2015; the network is that of Szegedy et al. 2016.
"""

from __future__ import annotations

import pickle
from typing import Any

import torch
from torch import Tensor, nn

from recognizers.base import Measure, Threshold, Views, check_crops, network_input
from recognizers.catalogue import MODELS
from recognizers.crops import FACENET_160, CropSpec
from recognizers.errors import RecognizerError
from recognizers.features import collected
from recognizers.weights_cache import checked_weights

_THRESHOLDS = {
    "facenet-vggface2": Threshold(
        Measure.COSINE, 0.70, "deepface's threshold for Facenet512, the same weights: cosine distance 0.30"
    )
}


class FaceNet:
    """FaceNet; differentiable.

    Its crop is 160 pixels with values (x - 127.5) / 128, facenet-pytorch's `fixed_image_standardization`.
    Embeddings have unit length, as the network itself gives them.

    Args:
        network: facenet-pytorch's InceptionResnetV1, returning embeddings (`classify=False`). It is put into
            evaluation mode and wants no gradients for its weights from here on.
        device: Where the network runs.
        name: What it is called.
        licence: The licence of its weights, in words.
        threshold: Its usual threshold, where one is published.

    Raises:
        ValueError: The network returns class scores instead of embeddings.
    """

    crop: CropSpec = FACENET_160
    dimension = 512
    differentiable = True

    def __init__(
        self,
        network: nn.Module,
        device: torch.device | str = "cpu",
        *,
        name: str = "facenet",
        licence: str = "not stated",
        threshold: Threshold | None = None,
    ) -> None:
        if getattr(network, "classify", False):
            raise ValueError("FaceNet takes an InceptionResnetV1 with classify=False: embeddings, no classes")
        self.name = name
        self.licence = licence
        self.threshold = threshold
        self.network: Any = network
        self.network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)

    @classmethod
    def pretrained(cls, name: str, device: torch.device | str = "cpu") -> FaceNet:
        """The network with fetched weights: "facenet-vggface2" or "facenet-casia-webface".

        Raises:
            RecognizerError: The weights are missing or altered (the message says how to get them), or do
                not fit.
        """
        path = checked_weights(name)
        from facenet_pytorch import InceptionResnetV1

        network = InceptionResnetV1()
        try:
            weights = torch.load(path, map_location="cpu", weights_only=True)
            # The layer that names the people of the training set is not part of the recogniser.
            network.load_state_dict({k: v for k, v in weights.items() if not k.startswith("logits.")})
        except (RuntimeError, pickle.UnpicklingError, AttributeError) as error:
            reason = str(error).partition("\n")[0]
            raise RecognizerError(f"{path}: does not fit InceptionResnetV1: {reason}") from error
        return cls(network, device, name=name, licence=MODELS[name].licence, threshold=_THRESHOLDS.get(name))

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, 512) of unit length of crops (B, 3, 160, 160), RGB, 0..1."""
        check_crops(crops, self.crop, self.name)
        if not len(crops):  # the network itself cannot flatten nothing
            return crops.new_zeros(0, self.dimension)
        values = network_input(crops, self.crop).to(self.network.last_linear.weight.dtype)
        embeddings: Tensor = self.network(values.contiguous(memory_format=torch.channels_last))
        return embeddings

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops, and what the three groups of residual blocks put out (17, 8 and 3 pixels)."""
        with collected([self.network.repeat_1, self.network.repeat_2, self.network.repeat_3]) as features:
            return Views(self.embed(crops), features)

    def to(self, device: torch.device | str) -> FaceNet:
        """The same recogniser with its weights on another device."""
        self.network.to(device)
        return self
