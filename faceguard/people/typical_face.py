"""What faces in general look like to a recogniser: its mean activations over faces of strangers.

All faces excite much the same activations in much the same places. What a face has besides tells it apart,
and that is what a cloak shall take away. The sharp strangers and the small ones count alike: the ones show
detail and colour, the others are many.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from faceguard.engine.precision import crafting_autocast
from faceguard.people.strangers import strangers
from recognizers import Recognizer

_PART = 20  # faces that are looked at together

_known: WeakKeyDictionary[Recognizer, list[Tensor]] = WeakKeyDictionary()
_looking = Lock()


def typical_features(recognizer: Recognizer, device: torch.device) -> list[Tensor]:
    """The activations that a face which is nobody's in particular gives a recogniser.

    They are worked out once for each recogniser.

    Args:
        recognizer: Whose activations; no ensemble, and its weights do not change.
        device: Where it runs.

    Returns:
        As in `Views.features`, each (1, channels, height, width), float32; empty if it shows none.
    """
    with _looking:
        if recognizer not in _known:
            sharp, small = (
                _mean_features(recognizer, crops.to(device)) for crops in strangers(recognizer.crop)
            )
            _known[recognizer] = [(first + second) / 2 for first, second in zip(sharp, small, strict=True)]
        return [feature.to(device) for feature in _known[recognizer]]


@torch.no_grad()
def _mean_features(recognizer: Recognizer, crops: Tensor) -> list[Tensor]:
    """The mean of each of the activations that crops give a recogniser."""
    with crafting_autocast(crops.device):
        views = [recognizer.view(part).features for part in crops.split(_PART)]
    return [
        torch.cat([part.float() for part in feature]).mean(0, keepdim=True)
        for feature in zip(*views, strict=True)
    ]
