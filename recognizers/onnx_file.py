"""Any ONNX recogniser as a PyTorch module with exact gradients, through onnx2torch."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import onnx
import torch
from onnx2torch import convert
from torch import Tensor, nn

from recognizers.base import Threshold, Views, check_crops, network_input
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError
from recognizers.features import collected, hooked
from recognizers.onnx_crop import OnnxCropError, crop_of
from recognizers.onnx_model import read_model
from recognizers.onnx_sidecar import read_sidecar, sidecar_path
from recognizers.weights import verify


class OnnxFile:
    """A recogniser from an ONNX file that takes (B, 3, size, size) and returns (B, dimension).

    What it is shown is read from the graph as insightface does it (`recognizers.onnx_crop`): ArcFace's crop,
    112 pixels, RGB, values (x - 127.5) / 127.5, unless the graph says otherwise. What a sidecar states beside
    the file (`recognizers.onnx_sidecar`) wins over that, and what is given here wins over both. The network
    runs in float32.

    Args:
        path: The file.
        device: Where the network runs.
        crop: What the network was trained on.
        name: What it is called; `onnx:PATH` where nobody says.
        licence: The licence of its weights, in words.
        threshold: Its usual threshold.

    Raises:
        RecognizerError: The file or its sidecar is missing, unreadable, or not such a network.
    """

    differentiable = True

    def __init__(
        self,
        path: Path,
        device: torch.device | str = "cpu",
        crop: CropSpec | None = None,
        *,
        name: str | None = None,
        licence: str | None = None,
        threshold: Threshold | None = None,
    ) -> None:
        if not path.is_file():
            raise RecognizerError(f"{path}: no such file; give onnx: the path of an ONNX recogniser")
        stated = read_sidecar(path)
        self.name = name or stated.name or f"onnx:{path}"
        self.licence = licence or stated.licence or "not stated in the file: ask whoever published it"
        self.threshold = threshold or stated.threshold
        if stated.sha256 is not None:
            verify(path, stated.sha256, f"Its sidecar {sidecar_path(path).name} was written for another file")
        model = read_model(path)
        try:
            onnx.load_external_data_for_model(model, str(path.parent))
            self.network: nn.Module = convert(model)
        except Exception as error:  # onnx and onnx2torch raise whatever their parsers do
            raise RecognizerError(
                f"{path}: cannot be read as an ONNX network: {_first_line(error)}"
            ) from error
        try:
            self.crop = crop or crop_of(model, stated.crop)
        except OnnxCropError as error:
            raise RecognizerError(f"{path}: {error}") from error
        self.network.eval().requires_grad_(False).float()
        self.path = path
        self._stages = self._find_stages()
        self.network.to(device).to(memory_format=torch.channels_last)

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1."""
        check_crops(crops, self.crop, self.name)
        values = network_input(crops, self.crop).to(_dtype(self.network))
        embeddings: Tensor = self.network(values.contiguous(memory_format=torch.channels_last))
        return embeddings

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops, and the last activation at each of the three coarsest sizes above 4 pixels."""
        with collected(self._stages) as features:
            return Views(self.embed(crops), features)

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

        leaves = [module for module in self.network.modules() if not list(module.children())]
        try:
            with hooked(leaves, remember):
                embedding: object = self.embed(torch.zeros(2, 3, self.crop.size, self.crop.size))
        except Exception as error:  # whatever the graph's own operators raise
            raise RecognizerError(
                f"{self.path}: does not run on two {self.crop.size} px crops: {_first_line(error)}"
            ) from error
        if not isinstance(embedding, Tensor):
            raise RecognizerError(f"{self.path}: has several outputs, not one embedding")
        if embedding.ndim != 2 or embedding.shape[0] != 2:
            raise RecognizerError(
                f"{self.path}: gives {tuple(embedding.shape)} for two crops, not (2, dimension)"
            )
        self.dimension = embedding.shape[1]
        return [last[side] for side in sorted(last)[:3]]


def _dtype(network: nn.Module) -> torch.dtype:
    """The type of a network's weights."""
    weights = chain(network.parameters(), network.buffers())
    return next((tensor.dtype for tensor in weights if tensor.is_floating_point()), torch.float32)


def _first_line(error: Exception) -> str:
    """What an error says, without the traces that some libraries put into their messages."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
