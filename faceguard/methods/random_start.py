"""Where crafting begins: a random perturbation that depends on the photo and the seed alone."""

from __future__ import annotations

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.patches import Patch
from recognizers.training.randomness import seed_for


def random_start(patch: Patch, budget: Budget, *key: int | str) -> Tensor:
    """Uniform within half a patch's budget: (3, h, w), in units of 0..1.

    Args:
        patch: The patch; its content decides, with the key.
        budget: How far pixels may move.
        key: Seed, restart.
    """
    generator = torch.Generator().manual_seed(seed_for("start", patch.key, *key))
    images, grey = patch.canvas[None], torch.tensor([patch.grey])
    room = budget.room(images, patch.mask[None], grey)
    start = torch.rand(images.shape, generator=generator) - 0.5
    return room.kept(start * room.limits)[0]
