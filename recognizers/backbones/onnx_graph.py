"""An ONNX recogniser's network as a backbone: to train it further."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from recognizers.backbones.base import Backbone
from recognizers.crops import CropSpec


class OnnxGraph(Backbone):
    """The network of an ONNX file, beginning with the file's own weights instead of random ones.

    It shows no feature maps. Most exported networks have their normalisation folded into their convolutions,
    so that they train as they stand, at low learning rates.

    Args:
        path: The file; `recognizers.onnx_file` says what it must be.
        dimension: The length of its embeddings, if it is to be checked.
        crop: The crop it is shown; what the file and its sidecar say if not given.

    Raises:
        RecognizerError: The file is missing, unreadable, or not such a network.
        ValueError: Its embeddings have another length.
    """

    def __init__(self, path: str, dimension: int | None = None, crop: CropSpec | None = None) -> None:
        from recognizers.onnx_file import OnnxFile  # here, since onnx2torch takes seconds

        recognizer = OnnxFile(Path(path), crop=crop)
        if dimension not in (None, recognizer.dimension):
            raise ValueError(f"{path} gives embeddings of {recognizer.dimension} values, not {dimension}")
        super().__init__(recognizer.dimension, recognizer.crop)
        self.name = f"onnx:{path}"
        self.network = recognizer.network.requires_grad_(True)

    def forward(self, values: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """See `Backbone.forward`."""
        taken = self.taken(values)
        return self.network(taken).to(taken.dtype), ()
