"""Any ONNX recogniser as a PyTorch module with exact gradients, through onnx2torch."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx2torch import convert
from torch import Tensor, nn

from recognizers.base import RecognizerError, Threshold, Views, check_crops, network_input
from recognizers.crops import ARCFACE_112, CropSpec

_RANGE_NODES = 8  # how far into the graph insightface looks for the network's own normalisation


class OnnxFile:
    """A recogniser from an ONNX file that takes (B, 3, size, size) and returns (B, dimension).

    The crop is ArcFace's, 112 pixels, RGB. Values are (x - 127.5) / 127.5, or 0..255 where the graph itself
    begins by subtracting and multiplying, which is how insightface tells the two apart
    (`insightface.model_zoo.arcface_onnx`).

    Args:
        path: The file.
        device: Where the network runs.
        crop: What the network was trained on, where that is something else.

    Raises:
        RecognizerError: The file is missing, unreadable, or not such a network.
    """

    licence = "not stated in the file: ask whoever published it"
    threshold: Threshold | None = None
    differentiable = True

    def __init__(
        self, path: Path, device: torch.device | str = "cpu", crop: CropSpec | None = None
    ) -> None:
        self.name = f"onnx:{path}"
        if not path.is_file():
            raise RecognizerError(f"{path}: no such file; give onnx: the path of an ONNX recogniser")
        try:
            model = onnx.load(str(path))
            self.network: nn.Module = convert(model)
        except Exception as error:  # onnx and onnx2torch raise whatever their parsers do
            raise RecognizerError(f"{path}: cannot be read as an ONNX network: {error}") from error
        self.crop = crop or _detected_crop(model)
        self.network.eval().requires_grad_(False)
        self._stages = self._find_stages()
        self.network.to(device, memory_format=torch.channels_last)

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1."""
        check_crops(crops, self.crop, self.name)
        values = network_input(crops, self.crop).contiguous(memory_format=torch.channels_last)
        embeddings: Tensor = self.network(values)
        return embeddings

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops, and the last activation at each of the three coarsest sizes above 4 pixels."""
        features: list[Tensor] = []
        hooks = [
            stage.register_forward_hook(lambda _module, _inputs, output: features.append(output))
            for stage in self._stages
        ]
        try:
            return Views(self.embed(crops), features)
        finally:
            for hook in hooks:
                hook.remove()

    def to(self, device: torch.device | str) -> OnnxFile:
        """The same recogniser with its weights on another device."""
        self.network.to(device)
        return self

    @torch.no_grad()
    def _find_stages(self) -> list[nn.Module]:
        """The modules whose outputs are the last at their size, and on the way the embedding's length."""
        last: dict[int, nn.Module] = {}

        def remember(module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.ndim == 4 and output.shape[-1] > 4:
                last[output.shape[-1]] = module

        hooks = [
            module.register_forward_hook(remember)
            for module in self.network.modules()
            if not list(module.children())
        ]
        try:
            embedding = self.embed(torch.zeros(1, 3, self.crop.size, self.crop.size))
        except Exception as error:  # whatever the graph's own operators raise
            raise RecognizerError(f"{self.name}: does not run on a {self.crop.size} px crop: {error}") from error
        finally:
            for hook in hooks:
                hook.remove()
        if embedding.ndim != 2 or embedding.shape[0] != 1:
            raise RecognizerError(f"{self.name}: gives {tuple(embedding.shape)} for one crop, not (1, dimension)")
        self.dimension = embedding.shape[1]
        return [last[side] for side in sorted(last)[:3]]


def _detected_crop(model: onnx.ModelProto) -> CropSpec:
    """ArcFace's crop with the value range that the graph's first nodes ask for."""
    operators = {node.op_type for node in model.graph.node[:_RANGE_NODES]}
    normalises = "Sub" in operators and "Mul" in operators
    if normalises:
        return CropSpec(ARCFACE_112.size, ARCFACE_112.template, mean=(0.0, 0.0, 0.0), scale=1.0)
    return ARCFACE_112
