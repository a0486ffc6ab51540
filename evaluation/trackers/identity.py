"""What a cached value depends on besides the photo: the code, the libraries and the weights that made it."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from torch import nn

from faceguard.faces import alignment
from faceguard.faces.detector import Detector
from recognizers import Recognizer, base, crops

_FACES = "faceguard.faces."
_LIBRARIES = ("torch", "numpy", "opencv-python", "pillow", "facenet-pytorch", "onnxruntime", "insightface")


def detector_identity(detector: Detector) -> dict[str, object]:
    """Everything that decides what a detector finds, as JSON values."""
    own = sys.modules[type(detector).__module__]
    used = {getattr(value, "__module__", None) or "" for value in vars(own).values()}
    names = sorted({own.__name__, *(name for name in used if name.startswith(_FACES))})
    return {
        **_identity(detector),
        "code": _digest(inspect.getsource(sys.modules[name]).encode() for name in names),
        "libraries": _libraries(),
    }


def recognizer_identity(recognizer: Recognizer) -> dict[str, object]:
    """Everything that decides a recogniser's embeddings of a face in a photo, as JSON values."""
    from faceguard.engine import sight

    modules = (sys.modules[type(recognizer).__module__], base, crops, alignment, sight)
    return {
        **_identity(recognizer),
        "crop": repr(recognizer.crop),
        "dimension": recognizer.dimension,
        "code": _digest(inspect.getsource(module).encode() for module in modules),
        "libraries": _libraries(),
    }


def _identity(thing: Detector | Recognizer) -> dict[str, object]:
    """Class, settings and weights. Files count by their content, wherever they lie."""
    family, _, path = thing.name.partition(":")
    values = vars(thing)
    weights = [value for _, value in sorted(values.items()) if isinstance(value, nn.Module)]
    wrapped = [value for _, value in sorted(values.items()) if _has_weights(value)]
    return {
        "class": f"{type(thing).__module__}.{type(thing).__qualname__}",
        "family": family,
        "file": _file_digest(path) if path else "",
        "settings": {
            name: value
            for name, value in sorted(values.items())
            if name != "name" and isinstance(value, bool | int | float)
        },
        "weights": [weights_digest(module) for module in weights],
        "inside": [_identity(inner) for inner in wrapped],
    }


def _has_weights(value: object) -> bool:
    """Whether it is a recogniser or detector inside another one."""
    return isinstance(value, Recognizer) and not isinstance(value, nn.Module)


def weights_digest(module: nn.Module) -> str:
    """The SHA-256 of a network's parameters and buffers, with their names and shapes."""
    return _digest(
        part
        for name, tensor in sorted(module.state_dict().items())
        if isinstance(tensor, torch.Tensor)
        for part in (
            f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode(),
            tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes(),
        )
    )


def _file_digest(path: str) -> str:
    """The SHA-256 of a file; the name itself where there is none, as for a name in a store of weights."""
    file = Path(path)
    if not file.is_file():
        return path
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@cache
def _libraries() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = ""
    return found


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
