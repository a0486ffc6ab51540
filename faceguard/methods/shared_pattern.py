"""Shared patterns: the part of a poison that all photos of a person wear alike.

Noise that is crafted photo by photo on a clean surrogate sends that surrogate astray, and hardly any other:
of 16 photos of each of 50 CelebA people, moved towards the next person within 8 of 255 in 20 to 40 steps, the
surrogate takes 47 % for that person, the same network trained from another seed 8 %, and with a slightly
robust surrogate or with four checkpoints by turns it is no better. A fresh network then finds the noise no
easier than the faces. What a person's photos share is learnt first, most of all in large symmetric blocks of
one colour in which faces hardly vary (see `separable`). So most of the budget goes there. Which blocks go up
and which go down, the poison's own objective decides: the sign of its gradient over some clean photos of the
person, in one step.

None of the papers of these poisons does this; with `share` 0 nothing is shared. What protects is that the
pattern is shared, large and of one colour, much more than where the objective has it go: signs drawn at
random are separable noise, which does as well.

Photos wear their pattern before the rest of the budget is spent on each of them. Patterns lie in the
coordinates of `faceguard.engine.masks.MASK_CROP`. What defeats separable noise defeats them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import MASK_CROP
from faceguard.engine.noise import Noise
from faceguard.engine.patches import Patch, batch
from faceguard.engine.shared_noise import faces_alike, laid_on
from recognizers.crops import CropSpec

Loss = Callable[[Tensor, int], Tensor]
"""Of crops (B, 3, size, size), RGB, 0..1, of one person, and their label: what crafting lowers, a scalar."""


@dataclass(frozen=True)
class SharedPattern:
    """How patterns are made and worn.

    Attributes:
        share: Of the budget: how far a pattern moves pixels. The rest is each photo's own.
        blocks: How many blocks there are along each side of a face.
        colour: What a block adds or takes away, RGB, as shares of the pattern's budget, -1..1.
        photos: Of how many photos of each person the gradient is taken, at most.

    Raises:
        ValueError: The share is not from 0 to below 1.
    """

    share: float = 0.75
    blocks: int = 8
    colour: tuple[float, float, float] = (1.0, 1.0, -1.0)
    photos: int = 4

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"what is shared is from 0 to below 1 of the budget, not {self.share}")

    def signs(self, faces: LabelledPatches, loss: Loss, crop: CropSpec, device: torch.device) -> Tensor:
        """Each person's blocks: (people, 1, blocks, blocks), 1, -1, or 0 where nothing counts.

        Args:
            faces: The patches, clean; at least one of each person.
            loss: What the poison's crafting lowers.
            crop: What the loss is shown.
            device: Where to compute.
        """
        if not self.share:
            return torch.zeros(len(faces.people), 1, self.blocks, self.blocks)
        drawn = []
        for label, _ in enumerate(faces.people):
            own = [place for place, its in enumerate(faces.labels) if its == label][: self.photos]
            some = LabelledPatches(tuple(faces.patches[p] for p in own), (label,) * len(own), faces.people)
            stacked = batch(faces_alike(some).patches, device)
            blocks = torch.zeros(1, 1, self.blocks, self.blocks, device=device, requires_grad=True)
            delta = (self._mask(blocks) / 255).expand_as(stacked.images)
            (gradient,) = torch.autograd.grad(loss(plain_crops(stacked, delta, crop), label), blocks)
            drawn.append(-(gradient + gradient.flip(-1)).sign())
        return torch.cat(drawn).cpu()

    def _mask(self, blocks: Tensor) -> Tensor:
        """Blocks (1, 1, blocks, blocks) in their colour: (1, 3, size, size)."""
        colour = torch.tensor(self.colour, device=blocks.device).view(1, 3, 1, 1)
        return F.interpolate(blocks, (MASK_CROP.size, MASK_CROP.size), mode="nearest-exact") * colour

    def rest(self, budget: Budget) -> Budget:
        """What a pattern leaves of a budget."""
        return replace(budget, epsilon=budget.epsilon * (1 - self.share))

    def dressed(self, patch: Patch, signs: Tensor, budget: Budget) -> Patch:
        """A patch whose faces wear their person's pattern.

        Args:
            patch: The patch.
            signs: (1, blocks, blocks): the person's, from `signs`.
            budget: All of it.
        """
        if not self.share:
            return patch
        images, grey = patch.canvas[None], torch.tensor([patch.grey])
        room = replace(budget, epsilon=budget.epsilon * self.share).room(images, patch.mask[None], grey)
        worn = laid_on(patch, self._mask(signs[None])[0])[None] * room.limits
        return replace(patch, pixels=(images + room.kept(worn))[0])

    def all_dressed(self, faces: LabelledPatches, signs: Tensor, budget: Budget) -> LabelledPatches:
        """The same patches, each wearing its person's pattern."""
        pairs = zip(faces.patches, faces.labels, strict=True)
        return replace(faces, patches=tuple(self.dressed(p, signs[label], budget) for p, label in pairs))


def with_patterns(own: Noise, dressed: LabelledPatches, faces: LabelledPatches) -> Noise:
    """Noise of patches that wear patterns, turned into noise of the same patches without them."""
    for value, worn, bare in zip(own.values, dressed.patches, faces.patches, strict=True):
        value += worn.canvas - bare.canvas
    return own
