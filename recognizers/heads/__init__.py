"""Heads, and by the name a person types. Adding one is one new file and one line here."""

from __future__ import annotations

from collections.abc import Callable

from recognizers.errors import RecognizerError
from recognizers.heads.arcface import ArcFace, InsightfaceArcFace
from recognizers.heads.base import Head
from recognizers.heads.cosface import CosFace
from recognizers.heads.metric_learning import MetricLearning
from recognizers.heads.softmax import Softmax

__all__ = [
    "ArcFace",
    "CosFace",
    "Head",
    "InsightfaceArcFace",
    "MetricLearning",
    "Softmax",
    "available",
    "build",
]

_KINDS: dict[str, Callable[..., Head]] = {
    "softmax": Softmax,
    "cosface": CosFace,
    "arcface": ArcFace,
    "arcface-insightface": InsightfaceArcFace,
}
_LIBRARY = "metric-learning:"


def available() -> list[str]:
    """The names `build` knows; `metric-learning:LOSS` stands for a loss of pytorch-metric-learning."""
    return [*_KINDS, f"{_LIBRARY}LOSS"]


def build(name: str, dimension: int, classes: int, **settings: float) -> Head:
    """A head with random weights, from PyTorch's global generator.

    Args:
        name: One of `available()`.
        dimension: The length of the embeddings.
        classes: How many people there are.
        settings: The head's own, such as `scale` and `margin`; its usual ones if not given.

    Raises:
        RecognizerError: The name is unknown, or the head cannot be built so.
    """
    try:
        if name.startswith(_LIBRARY):
            return MetricLearning(name.removeprefix(_LIBRARY), dimension, classes, **settings)
        if name in _KINDS:
            return _KINDS[name](dimension, classes, **settings)
    except (TypeError, ValueError) as error:
        raise RecognizerError(f"the head {name} cannot be built so: {error}") from error
    raise RecognizerError(f"no head {name!r}; there are {', '.join(available())}")
