"""ArcFace as trackers run it: insightface's own reading of an ONNX file, in ONNX Runtime.

J. Deng, J. Guo, N. Xue, S. Zafeiriou: ArcFace, CVPR 2019. Where gradients are wanted, the same file runs in
PyTorch (`recognizers.onnx_file`); the two agree to 1e-4.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recognizers.base import Measure, Threshold, Views, check_crops
from recognizers.catalogue import MODELS
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError
from recognizers.onnx_crop import arcface_template
from recognizers.onnx_file import OnnxFile
from recognizers.onnxruntime_session import session
from recognizers.weights_cache import checked_weights

_THRESHOLD = Threshold(Measure.COSINE, 0.4, "the default of insightface's own programs")


class ArcFace:
    """A recogniser of insightface; differentiable.

    `embed` goes through insightface's `ArcFaceONNX` and ONNX Runtime, unless the crops want gradients: then,
    and in `view`, the network runs in PyTorch. Its crop is the one that insightface cuts.

    Args:
        path: The ONNX file, one input of a fixed size and one output.
        device: Where the network runs; with "cuda", ONNX Runtime must be able to use it.
        name: What it is called; without it, what the file's sidecar says, or `insightface:PATH`.
        licence: The licence of its weights; without it, what the file's sidecar says.
        threshold: Its usual threshold; without it, what the file's sidecar says.

    Raises:
        RecognizerError: The file is missing or no such network, a library is missing, or ONNX Runtime cannot
            use the device.
    """

    differentiable = True

    def __init__(
        self,
        path: Path,
        device: torch.device | str = "cpu",
        *,
        name: str | None = None,
        licence: str | None = None,
        threshold: Threshold | None = None,
    ) -> None:
        if not path.is_file():
            raise RecognizerError(f"{path}: no such file; give insightface: the path of an ONNX recogniser")
        self.path = path
        self._runtime = _insightface(path, device)
        self._network = OnnxFile(
            path, device, _crop(self._runtime, path), name=name, licence=licence, threshold=threshold
        )
        self.name = self._network.name.replace("onnx:", "insightface:", 1)
        self.licence = self._network.licence
        self.threshold = self._network.threshold
        self.crop: CropSpec = self._network.crop
        self.dimension = self._network.dimension

    @classmethod
    def pretrained(cls, name: str, device: torch.device | str = "cpu") -> ArcFace:
        """The recogniser of one of insightface's packs: "arcface-buffalo_l", "-buffalo_s" or "-antelopev2".

        Raises:
            RecognizerError: The weights are missing or altered (the message says how to get them), a library
                is missing, or ONNX Runtime cannot use the device.
        """
        path = checked_weights(name)
        return cls(path, device, name=name, licence=MODELS[name].licence, threshold=_THRESHOLD)

    @property
    def network(self) -> torch.nn.Module:
        """The network in PyTorch."""
        return self._network.network

    def embed(self, crops: Tensor) -> Tensor:
        """Embeddings (B, dimension) of crops (B, 3, size, size), RGB, 0..1."""
        if torch.is_grad_enabled() and crops.requires_grad:
            return self._network.embed(crops)
        check_crops(crops, self.crop, self.name)
        embeddings = self._runtime.forward((crops.detach() * 255).float().cpu().numpy())
        return torch.from_numpy(embeddings).to(crops.device)

    def view(self, crops: Tensor) -> Views:
        """Embeddings of crops and intermediate features, in PyTorch; see `OnnxFile.view`."""
        return self._network.view(crops)

    def to(self, device: torch.device | str) -> ArcFace:
        """The same recogniser with its weights on another device.

        Raises:
            RecognizerError: ONNX Runtime cannot use the device.
        """
        self._runtime = _insightface(self.path, device)
        self._network.to(device)
        return self


def _insightface(path: Path, device: torch.device | str) -> Any:
    """insightface's recogniser for a file, in a session on the device."""
    opened = session(path, device)
    try:
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX
    except ImportError as error:
        raise RecognizerError(
            f'insightface cannot be loaded ({error}); install it: pip install "faceguard[insightface]". '
            f"Without it, onnx:{path} runs the same file in PyTorch"
        ) from error
    try:
        return ArcFaceONNX(str(path), session=opened)
    except Exception as error:  # it asserts, and raises whatever the ONNX parser does
        reason = " ".join(str(error).split()) or "it has several outputs, not one embedding"
        raise RecognizerError(f"{path}: is no recogniser for insightface: {reason}") from error


def _crop(runtime: Any, path: Path) -> CropSpec:
    """What insightface shows the network."""
    width, height = runtime.input_size
    template = arcface_template(width) if isinstance(width, int) and width == height else None
    if template is None:
        raise RecognizerError(
            f"{path}: takes crops of {width} x {height}, and insightface cuts squares with a multiple of 112 "
            f"or 128 pixels; load it as onnx:{path}"
        )
    return CropSpec(
        width, template, mean=(runtime.input_mean,) * 3, scale=runtime.input_std, colour_order="RGB"
    )
