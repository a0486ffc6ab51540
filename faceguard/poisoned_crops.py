"""Poisons on crops that are already aligned, for those who have no photos but a training set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from faceguard.engine.labelled import patches_of_crops
from faceguard.methods.joint_method import JointMethod
from faceguard.settings.callbacks import callback_of
from recognizers.crops import ARCFACE_112, CropSpec


def poisoned_crops(
    poison: JointMethod,
    crops: Tensor,
    labels: Tensor,
    *,
    crop: CropSpec = ARCFACE_112,
    device: torch.device | str = "cpu",
    seed: int = 0,
    on_round: Callable[[int, float], None] | None = None,
) -> Tensor:
    """Training crops of which a recogniser learns next to nothing about the faces.

    Examples:
        >>> from faceguard import methods
        >>> crops, labels = torch.full((2, 3, 112, 112), 128, dtype=torch.uint8), torch.tensor([0, 1])
        >>> poisoned = poisoned_crops(methods.load_joint_method("separable", 8.0), crops, labels)
        >>> sorted(set((poisoned.int() - crops).flatten().tolist()))
        [-8, 8]

    Args:
        poison: The method, from `faceguard.methods.load_joint_method`, or one of its own settings.
        crops: (N, 3, size, size), RGB, uint8 or float 0..1; floats are taken as rounded to 8 bits.
        labels: (N,), int64: who each crop shows; any numbers.
        crop: How the crops are aligned.
        device: Where to compute.
        seed: Decides everything random.
        on_round: Told how far crafting is, see the method.

    Returns:
        The same crops, uint8, no value moved by more than the budget.

    Raises:
        SettingsError: `on_round` cannot be called.
        ValueError: Shapes do not fit, or the method needs more people.
    """
    on_round = callback_of("on_round", on_round)
    if len(crops) != len(labels) or labels.ndim != 1:
        raise ValueError(f"{len(crops)} crops need labels ({len(crops)},), not {tuple(labels.shape)}")
    clean = crops.cpu() if crops.dtype == torch.uint8 else (crops.cpu() * 255).round().to(torch.uint8)
    if not len(clean):
        return clean
    faces = patches_of_crops(clean, labels, crop)
    noise = poison(faces, torch.device(device), seed, on_round)
    moved = [
        poison.budget.rounded(
            np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()),
            np.ascontiguousarray(noise.values[owner].permute(1, 2, 0).numpy()),
            grey=False,
        )
        for pixels, owner in zip(clean, noise.owner, strict=True)
    ]
    return torch.from_numpy(np.stack(moved)).permute(0, 3, 1, 2).contiguous()
