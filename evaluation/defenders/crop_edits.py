"""The edits of `evaluation.defenders.edits` on aligned crops: before training, and before recognition."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from evaluation.defenders.edits import Edit


def edited_crops(crops: Tensor, edit: Edit) -> Tensor:
    """Crops after an edit; one that changes their size is followed by bringing them back to it.

    Args:
        crops: (N, 3, size, size), RGB, uint8.
        edit: What is done to each.

    Returns:
        The same shape and type.
    """
    if not edit.steps or not len(crops):
        return crops
    size = crops.shape[-1]
    edited = []
    for crop in crops:
        pixels = edit(np.ascontiguousarray(crop.permute(1, 2, 0).numpy()))
        if pixels.shape[:2] != (size, size):
            pixels = np.asarray(cv2.resize(pixels, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
        edited.append(torch.from_numpy(np.array(pixels)).permute(2, 0, 1))
    return torch.stack(edited)
