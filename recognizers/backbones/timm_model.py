"""Any model of the library timm as a backbone, with random weights: nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from recognizers.backbones.base import SHOWN_STAGES, Backbone
from recognizers.crops import ARCFACE_112, CropSpec
from recognizers.errors import RecognizerError


class TimmModel(Backbone):
    """A timm model, its classifier made to give embeddings.

    Args:
        model: The model's name in timm, such as "resnet18".
        dimension: The length of its embeddings.
        crop: The crop it is shown.

    Raises:
        RecognizerError: timm is not installed, has no such model, or cannot build it for this crop.
    """

    def __init__(self, model: str, dimension: int = 512, crop: CropSpec = ARCFACE_112) -> None:
        super().__init__(dimension, crop)
        self.name = name = f"timm:{model}"
        try:
            import timm
        except ImportError as error:
            raise RecognizerError(f"{name} needs timm: pip install 'faceguard[timm]'") from error
        if not timm.is_model(model):
            raise RecognizerError(f"timm {timm.__version__} has no model {model!r}; see timm.list_models()")
        self.network: Any = _created(timm, model, dimension, crop.size)
        for module in self.network.modules():
            if hasattr(module, "fused_attn"):
                module.fused_attn = False  # PyTorch's fused attention has no second derivative on a CPU
        self._shows_features = hasattr(self.network, "forward_intermediates")
        try:
            with torch.no_grad():
                given = self.eval()(torch.zeros(1, 3, crop.size, crop.size))[0].shape
        except Exception as error:  # whatever a model does with a size that it is not made for
            message = str(error).partition("\n")[0]
            raise RecognizerError(f"{name} does not run on {crop.size} px crops: {message}") from error
        if given != (1, dimension):
            raise RecognizerError(f"{name} gives {tuple(given)} for one crop, not (1, {dimension})")
        self.train()

    def forward(self, values: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
        """See `Backbone.forward`."""
        taken = self.taken(values)
        if not self._shows_features:
            return self.network(taken).to(taken.dtype), ()
        last, features = self.network.forward_intermediates(taken)
        with torch.autocast(values.device.type, enabled=False):
            return self.network.forward_head(last.to(taken.dtype)), features[-SHOWN_STAGES:]


def _created(timm: Any, model: str, dimension: int, size: int) -> Any:
    """The model for crops of this size; those that take any size do not know the argument."""
    options = {"pretrained": False, "num_classes": dimension}
    try:
        return timm.create_model(model, img_size=size, **options)
    except TypeError:
        return timm.create_model(model, **options)
