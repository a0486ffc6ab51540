"""What sees: face recognisers, from an aligned crop to an embedding, with gradients where they have them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recognizers.base import Measure, Recognizer, Threshold, Views
    from recognizers.crops import ARCFACE_112, DLIB_150, FACENET_160, CropSpec
    from recognizers.errors import RecognizerError
    from recognizers.registry import available, load, member_names

# Loaded when first asked for: `import recognizers` must not cost loading PyTorch.
_HOMES = {
    "ARCFACE_112": "recognizers.crops",
    "DLIB_150": "recognizers.crops",
    "FACENET_160": "recognizers.crops",
    "CropSpec": "recognizers.crops",
    "Measure": "recognizers.base",
    "Recognizer": "recognizers.base",
    "RecognizerError": "recognizers.errors",
    "Threshold": "recognizers.base",
    "Views": "recognizers.base",
    "available": "recognizers.registry",
    "load": "recognizers.registry",
    "member_names": "recognizers.registry",
}

__all__ = [
    "ARCFACE_112",
    "DLIB_150",
    "FACENET_160",
    "CropSpec",
    "Measure",
    "Recognizer",
    "RecognizerError",
    "Threshold",
    "Views",
    "available",
    "load",
    "member_names",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
