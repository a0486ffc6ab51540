"""A small network, trained for one data set, that makes the noise of a face: x_u = x + eps * tanh(G(x))."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceguard.engine.masks import MASK_CROP, fading
from recognizers.training.randomness import seed_for

GRID = 32
"""Cells along each side of the field; coarse, so that resizing and compression leave it what it is."""

_BLOCKS = 6  # along each side of a code at first
_GAIN = 3.0  # of a code at first, before tanh
_WIDTH = 16
_CANDIDATES = 5000  # codes drawn, from which those far apart are taken


class NoiseGenerator(nn.Module):
    """A face and whom it shows -> a field of values from -1 to 1 over the face.

    The field is tanh of a code for each person, which is learnt, plus a term that a small convolutional
    network makes of the face, of -1 to 1, so that it cannot outweigh the code. Codes look the same mirrored,
    since trackers mirror crops. They begin as blocks of plus and minus, chosen so that any two people differ
    in many; the term begins as zero.

    Args:
        people: How many people there are.
        seed: Decides the first weights.
    """

    def __init__(self, people: int, seed: int) -> None:
        super().__init__()
        blocks = spread_codes(people, _BLOCKS, seed)
        grid = F.interpolate(blocks[:, None], (GRID, GRID), mode="nearest-exact")
        self.codes = nn.Parameter(_GAIN * grid)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_for(seed, "noise generator"))
            self.layers = nn.Sequential(
                nn.Conv2d(3, _WIDTH, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(_WIDTH, 1, 3, padding=1),
            )
        for weight in self.layers[-1].parameters():
            nn.init.zeros_(weight)

    def forward(self, faces: Tensor, labels: Tensor) -> Tensor:
        """Fields (F, 1, GRID, GRID), -1..1, over the square of `MASK_CROP`; they fade out at its edge.

        Args:
            faces: (F, 3, size, size), RGB, 0..1, aligned as `MASK_CROP` has it.
            labels: (F,), int64: whom they show.
        """
        codes = self.codes[labels]
        codes = (codes + codes.flip(-1)) / 2
        seen: Tensor = self.layers(F.adaptive_avg_pool2d(faces, GRID) - 0.5)
        edge = F.adaptive_avg_pool2d(fading().to(faces), GRID)
        return torch.tanh(codes + torch.tanh(seen)) * edge


def to_field(matrices: Tensor) -> Tensor:
    """Matrices (F, 2, 3) onto `MASK_CROP`, as matrices onto the cells of a field over it."""
    scale = GRID / MASK_CROP.size
    moved = matrices * scale
    moved[:, :, 2] += (scale - 1) / 2  # pixel centres are at whole numbers in both
    return moved


def spread_codes(people: int, blocks: int, seed: int) -> Tensor:
    """A code of plus and minus for each person, (people, blocks, blocks), symmetric from left to right.

    Each is, of many drawn at random, the one that differs most from those before it. Where people outnumber
    the codes that blocks allow, some have the same.
    """
    generator = torch.Generator().manual_seed(seed_for(seed, "codes"))
    half = torch.randint(2, (_CANDIDATES, blocks, (blocks + 1) // 2), generator=generator).float() * 2 - 1
    codes = torch.cat([half, half[..., : blocks // 2].flip(-1)], dim=-1)
    flat = half.flatten(1)
    chosen = [0]
    nearest = (flat != flat[0]).sum(1)
    for _ in range(people - 1):
        farthest = int(nearest.argmax())
        chosen.append(farthest)
        nearest = torch.minimum(nearest, (flat != flat[farthest]).sum(1))
    return codes[chosen]
