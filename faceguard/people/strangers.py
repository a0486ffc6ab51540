"""Faces of strangers that come with other packages: nobody has to name any.

Few are sharp and in colour: scikit-image's astronaut, and the six people of insightface's group photo where
that is installed. Many are small and grey: those of `skimage.data.lfw_subset`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from faceguard.faces.alignment import similarity_transform, warp
from faceguard.people.group_photo import group_photo
from recognizers.crops import CropSpec

# Five landmarks each, as MTCNN finds them; of the small faces their means, which spread by 1 to 2 pixels.
_ASTRONAUT = ((206.5, 102.8), (246.5, 105.8), (224.7, 129.3), (203.3, 141.4), (244.9, 143.5))
_GROUP = (
    ((491.8, 323.1), (545.6, 335.1), (510.3, 369.6), (482.9, 378.3), (532.4, 390.0)),
    ((918.8, 119.6), (954.0, 114.1), (926.2, 150.0), (932.8, 175.1), (961.3, 170.6)),
    ((87.0, 333.1), (130.1, 308.4), (121.1, 341.4), (115.9, 374.7), (149.0, 352.9)),
    ((761.1, 397.9), (803.5, 402.1), (773.7, 432.1), (760.6, 440.6), (808.0, 443.6)),
    ((1150.7, 327.2), (1194.2, 324.9), (1166.6, 350.1), (1155.3, 366.8), (1196.9, 365.9)),
    ((290.3, 212.1), (322.1, 192.8), (307.7, 228.1), (312.9, 250.4), (339.8, 235.0)),
)
_SMALL = ((6.1, 8.55), (14.8, 8.2), (10.3, 13.4), (7.1, 18.0), (14.5, 17.75))
_SMALL_FACES = slice(0, 100, 4)  # the first hundred pictures of the subset are faces
_BORDER = 8  # pixels that small faces are continued by, as crops show more than they do


def packages() -> list[str]:
    """The packages that strangers come from on this machine."""
    return ["scikit-image"] if group_photo() is None else ["scikit-image", "insightface"]


def strangers(crop: CropSpec) -> tuple[Tensor, Tensor]:
    """The strangers' faces as a recogniser is shown them, in both mirror images.

    Returns:
        The sharp ones, (2 or 14, 3, size, size), and the small ones, (50, 3, size, size); RGB, 0..1.
    """
    small = np.asarray(skimage.data.lfw_subset()[_SMALL_FACES], dtype=np.float32)
    grey = F.pad(torch.from_numpy(small)[:, None], (_BORDER,) * 4, mode="replicate").expand(-1, 3, -1, -1)
    return (
        _both_ways(torch.cat(list(_sharp(crop)))),
        _both_ways(_cut(grey, np.array(_SMALL) + _BORDER, crop)),
    )


def _sharp(crop: CropSpec) -> Iterator[Tensor]:
    yield _cut(_pictures(skimage.data.astronaut()), np.array(_ASTRONAUT), crop)
    group = group_photo()
    if group is not None:
        with Image.open(group) as image:
            pictures = _pictures(np.array(image.convert("RGB")))
        for landmarks in _GROUP:
            yield _cut(pictures, np.array(landmarks), crop)


def _pictures(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def _cut(pictures: Tensor, landmarks: NDArray[np.float64], crop: CropSpec) -> Tensor:
    matrix = torch.from_numpy(similarity_transform(landmarks, crop)).float()
    return warp(pictures, matrix.expand(len(pictures), -1, -1), crop.size)


def _both_ways(crops: Tensor) -> Tensor:
    return torch.cat([crops, crops.flip(3)])
