"""Linearly separable noise, for the training threat: a tracker trains a recogniser on your photos.

D. Yu et al., Availability Attacks Create Shortcuts (KDD 2022): every person wears blocks drawn at random,
which even a linear classifier tells apart, so a network learns those instead of the faces.

What differs from the paper: each block is plus or minus one colour with the whole budget, in place of
scikit-learn's `make_classification` (which draws the colours of blocks too, and mixes and rescales them): one
first filter of a network then sees all blocks. The colour is one in which faces hardly vary, blue against
yellow. One mask is worn by all photos of a person, so that new photos of them can
wear it without crafting; and masks are symmetric, since trackers mirror crops, and a mask that looks the same
mirrored is the quicker thing to learn.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each: of 397 clean photos, a small
network trained on them names 4.4 % rightly (three seeds; 68 % after clean training), and 54.9 % where all
photos are turned to greyscale, 7.1 % where all are saved at JPEG quality 10 (one seed). With the colour of
each block drawn too, 4, 8 and 16 blocks a side left 11, 21 and 30 % (one seed each).

Cost: none to speak of, and no surrogate. What defeats it: greyscale, adversarial training, purifiers,
and clean photos of the same people; being linearly separable, it is easy to detect. It does
nothing against a recogniser that is not trained on the photos.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from recognizers.training.randomness import seed_for


@dataclass(frozen=True)
class Separable:
    """The noise's settings; calling it draws.

    Attributes:
        budget: How far pixels may move.
        blocks: How many blocks there are along each side of a canvas. Large ones outlive shifts.
        colour: What a block adds or takes away, RGB, as shares of the budget, -1..1.
        mirrored: Whether masks are symmetric.
    """

    name = "separable"
    threat = "training"
    fewest_people = 1
    per_person = True

    budget: Budget
    blocks: int = 6
    colour: tuple[float, float, float] = (1.0, 1.0, -1.0)
    mirrored: bool = True

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """One mask for each person, in canvases of one size.

        Args:
            faces: The patches; only their people's names and their size count.
            device: Not needed: nothing is computed that is worth a GPU.
            seed: With a person's name, decides their mask.
            on_round: Never called: there are no rounds.
        """
        noise = Noise.zero(faces, per_person=True)
        height, width = faces.patches[0].canvas.shape[1:]
        masks = [self.mask(name, (height, width), seed) for name in faces.people]
        return Noise(masks, noise.owner)

    def mask(self, person: str, size: tuple[int, int], seed: int = 0) -> Tensor:
        """A person's mask (3, *size), in units of 0..1."""
        generator = torch.Generator().manual_seed(seed_for(seed, "separable", person))
        signs = torch.randint(2, (1, 1, self.blocks, self.blocks), generator=generator).float() * 2 - 1
        if self.mirrored:
            half = (self.blocks + 1) // 2
            signs = torch.cat([signs[..., :half], signs[..., : self.blocks // 2].flip(-1)], dim=-1)
        colour = torch.tensor(self.colour).view(3, 1, 1)
        return F.interpolate(signs, size, mode="nearest-exact")[0] * colour * (self.budget.epsilon / 255)
