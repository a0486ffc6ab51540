"""Recognisers by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from recognizers.base import Recognizer, RecognizerError


def _dlib(_argument: str, device: torch.device | str) -> Recognizer:
    from recognizers.dlib_resnet import DlibResNet

    return DlibResNet(device)


def _onnx(argument: str, device: torch.device | str) -> Recognizer:
    from recognizers.onnx_file import OnnxFile

    return OnnxFile(Path(argument), device)


# Imports are inside the functions: naming a recogniser must not cost loading every library.
_FAMILIES: dict[str, Callable[[str, torch.device | str], Recognizer]] = {
    "dlib": _dlib,
    "onnx": _onnx,
}


def available() -> list[str]:
    """The names `load` knows; `onnx` stands for `onnx:PATH`."""
    return ["onnx:PATH" if name == "onnx" else name for name in _FAMILIES]


def load(name: str, device: torch.device | str = "cpu") -> Recognizer:
    """A recogniser by its name, such as "dlib" or "onnx:models/arcface.onnx".

    Raises:
        RecognizerError: The name is unknown, or the weights are missing or not what they should be.
    """
    family, _, argument = name.partition(":")
    build = _FAMILIES.get(family)
    if build is None or (family == "onnx") != bool(argument):
        raise RecognizerError(f"no recogniser {name!r}; there are {', '.join(available())}")
    return build(argument, device)
