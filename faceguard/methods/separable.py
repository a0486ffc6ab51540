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

Where only 20 of the 100 people wear it, 2.5 % of their clean photos (n = 79) are named rightly, and 71.4 % of
the others' (n = 318; one seed).

Against trackers who turn photos to greyscale, blocks can have `stripes`, bright and dark, upright or
across, which greyscale keeps. It is a trade, and no setting that was tried holds in both, so there are none
unless asked for (one seed each; 68 % after clean training in colour): stripes in all channels with no
colours (`colour` 0 and `stripes` 1), 7.3 pixels apart, leave 8.3 % in greyscale and 25.9 % in colour, 8
apart 16.6 % in greyscale; stripes in red and green with blocks in blue 18.4 % in colour at 7 pixels and
19.9 % in greyscale at 8 (the 8.3 and 19.9 % are of a network trained in bfloat16). The distance counts, and
not evenly: with only 25 people, stripes alone left 40.4 % at 4 pixels and 60.6 % at 5.3, in greyscale (n =
99; 65.7 % after clean training, 50.5 % with plain blocks of brightness). Stripes alone show more by SSIM,
0.80 beside 0.94 on 40 aligned crops, and less by FLIP, 0.12 beside 0.23; on smooth skin they are seen.

Cost: none to speak of, and no surrogate. What defeats it: greyscale, adversarial training, purifiers, and
clean photos of the same people; being linearly separable, it is easy to detect. It does nothing against a
recogniser that is not trained on the photos.
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
        stripes: What a stripe adds or takes away on top, RGB, as shares of the budget, -1..1. Each block is
            striped upright or across; which, is drawn apart from the blocks' signs.
        period: How many pixels of the canvas lie between a stripe and the next of its kind.
    """

    name = "separable"
    threat = "training"
    fewest_people = 1
    per_person = True

    budget: Budget
    blocks: int = 6
    colour: tuple[float, float, float] = (1.0, 1.0, -1.0)
    mirrored: bool = True
    stripes: tuple[float, float, float] = (0.0, 0.0, 0.0)
    period: float = 7.3

    def __post_init__(self) -> None:
        if any(abs(block) + abs(stripe) > 1 for block, stripe in zip(self.colour, self.stripes, strict=True)):
            raise ValueError(f"blocks {self.colour} and stripes {self.stripes} exceed the budget together")
        if self.period < 2:
            raise ValueError(f"stripes lie at least 2 pixels apart, not {self.period}")

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
        masks = [self.mask(name, faces.patches[0].size, seed) for name in faces.people]
        return Noise(masks, noise.owner)

    def mask(self, person: str, size: tuple[int, int], seed: int = 0) -> Tensor:
        """A person's mask (3, *size), in units of 0..1."""
        colour, stripes = (torch.tensor(rgb).view(3, 1, 1) for rgb in (self.colour, self.stripes))
        mask = self._signs("separable", person, size, seed) * colour
        if stripes.any():
            upright = self._signs("stripes", person, size, seed) > 0
            down, right = (_stripes(length, self.period) for length in size)
            mask = mask + torch.where(upright, right.view(1, 1, -1), down.view(1, -1, 1)) * stripes
        return mask * (self.budget.epsilon / 255)

    def _signs(self, what: str, person: str, size: tuple[int, int], seed: int) -> Tensor:
        """Blocks of 1 and -1: (1, *size)."""
        generator = torch.Generator().manual_seed(seed_for(seed, what, person))
        signs = torch.randint(2, (1, 1, self.blocks, self.blocks), generator=generator).float() * 2 - 1
        if self.mirrored:
            half = (self.blocks + 1) // 2
            signs = torch.cat([signs[..., :half], signs[..., : self.blocks // 2].flip(-1)], dim=-1)
        return F.interpolate(signs, size, mode="nearest-exact")[0]


def _stripes(length: int, period: float) -> Tensor:
    """1 and -1 by turns, (length,), the same from both ends."""
    places = (torch.arange(length) - (length - 1) / 2).abs()
    return 1 - 2 * ((places / period - 0.25) % 1 < 0.5).float()
