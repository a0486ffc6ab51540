"""What faces in general look like to a recogniser: its mean activations over faces of strangers.

All faces excite much the same activations in much the same places. What a face has besides tells it apart,
and that is what a cloak shall take away. The strangers come with scikit-image: the astronaut, and small grey
faces of `skimage.data.lfw_subset`. Both count alike: the one is sharp and in colour, the others are many.
"""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.precision import crafting_autocast
from faceguard.faces.alignment import similarity_transform, warp
from recognizers import Recognizer
from recognizers.crops import CropSpec

# Five landmarks each, as MTCNN finds them; of the small faces their means, which spread by 1 to 2 pixels.
_ASTRONAUT = ((206.5, 102.8), (246.5, 105.8), (224.7, 129.3), (203.3, 141.4), (244.9, 143.5))
_SMALL = ((6.1, 8.55), (14.8, 8.2), (10.3, 13.4), (7.1, 18.0), (14.5, 17.75))
_SMALL_FACES = slice(0, 100, 4)  # the first hundred pictures of the subset are faces
_BORDER = 8  # pixels that small faces are continued by, as crops show more than they do
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
            one, many = (_mean_features(recognizer, crops.to(device)) for crops in strangers(recognizer.crop))
            _known[recognizer] = [(first + second) / 2 for first, second in zip(one, many, strict=True)]
        return [feature.to(device) for feature in _known[recognizer]]


def strangers(crop: CropSpec) -> tuple[Tensor, Tensor]:
    """The strangers' faces as a recogniser is shown them, in both mirror images.

    Returns:
        The astronaut, (2, 3, size, size), and the small faces, (50, 3, size, size); RGB, 0..1.
    """
    astronaut = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None].float() / 255
    faces = np.asarray(skimage.data.lfw_subset()[_SMALL_FACES], dtype=np.float32)
    small = F.pad(torch.from_numpy(faces)[:, None], (_BORDER,) * 4, mode="replicate").expand(-1, 3, -1, -1)
    return (
        _both_ways(_cut(astronaut, np.array(_ASTRONAUT), crop)),
        _both_ways(_cut(small, np.array(_SMALL) + _BORDER, crop)),
    )


def _cut(pictures: Tensor, landmarks: NDArray[np.float64], crop: CropSpec) -> Tensor:
    matrix = torch.from_numpy(similarity_transform(landmarks, crop)).float()
    return warp(pictures, matrix.expand(len(pictures), -1, -1), crop.size)


def _both_ways(crops: Tensor) -> Tensor:
    return torch.cat([crops, crops.flip(3)])


@torch.no_grad()
def _mean_features(recognizer: Recognizer, crops: Tensor) -> list[Tensor]:
    """The mean of each of the activations that crops give a recogniser."""
    with crafting_autocast(crops.device):
        views = [recognizer.view(part).features for part in crops.split(_PART)]
    return [
        torch.cat([part.float() for part in feature]).mean(0, keepdim=True)
        for feature in zip(*views, strict=True)
    ]
