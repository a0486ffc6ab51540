"""Backbones, and by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from typing import Any

from recognizers.backbones.base import Backbone
from recognizers.backbones.dlib import Dlib
from recognizers.backbones.inception_resnet import InceptionResNet
from recognizers.backbones.iresnet import IResNet18, IResNet50
from recognizers.backbones.mobilefacenet import MobileFaceNet
from recognizers.backbones.onnx_graph import OnnxGraph
from recognizers.backbones.small_resnet import SmallResNet
from recognizers.backbones.timm_model import TimmModel
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError

__all__ = [
    "Backbone",
    "Dlib",
    "IResNet18",
    "IResNet50",
    "InceptionResNet",
    "MobileFaceNet",
    "OnnxGraph",
    "SmallResNet",
    "TimmModel",
    "available",
    "build",
]

_KINDS: dict[str, type[Any]] = {
    "small-resnet": SmallResNet,
    "iresnet18": IResNet18,
    "iresnet50": IResNet50,
    "mobilefacenet": MobileFaceNet,
    "inception-resnet-v1": InceptionResNet,
    "dlib": Dlib,
}
# Prefix -> what is built with what stands behind it.
_PREFIXES: dict[str, type[Any]] = {
    "timm:": TimmModel,
    "onnx:": OnnxGraph,
}


def available() -> list[str]:
    """The names `build` knows; `timm:MODEL` and `onnx:PATH` stand for all that begin so."""
    return [*_KINDS, "timm:MODEL", "onnx:PATH"]


def build(name: str, dimension: int | None = None, crop: CropSpec | None = None) -> Backbone:
    """A backbone with random weights from PyTorch's global generator; those of an ONNX file are its own.

    Args:
        name: One of `available()`.
        dimension: The length of its embeddings; the backbone's usual one if not given.
        crop: The crop it is shown; the backbone's usual one if not given.

    Raises:
        RecognizerError: The name is unknown, or the backbone cannot be built so.
    """
    given = {"dimension": dimension, "crop": crop}
    options: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    backbone: Backbone
    try:
        if name in _KINDS:
            backbone = _KINDS[name](**options)
            return backbone
        for prefix, kind in _PREFIXES.items():
            if name.startswith(prefix):
                backbone = kind(name.removeprefix(prefix), **options)
                return backbone
    except ValueError as error:
        raise RecognizerError(f"the backbone {name} cannot be built so: {error}") from error
    raise RecognizerError(f"no backbone {name!r}; there are {', '.join(available())}")
