"""What a tracker varies at random while it trains, to keep a network from relying on a poison: training only.

Each takes and gives crops (B, 3, H, W), RGB, 0..1, and draws from PyTorch's generators, which the training
loop seeds for each step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Noise:
    """Adds Gaussian noise.

    Attributes:
        sigma: Its standard deviation, in steps of 255.

    Raises:
        ValueError: It is not above 0 and at most 255.
    """

    sigma: float

    def __post_init__(self) -> None:
        if not 0 < self.sigma <= 255:
            raise ValueError(f"noise has a standard deviation above 0 and up to 255, not {self.sigma}")

    @property
    def name(self) -> str:
        """What a person types for it."""
        return f"noise{self.sigma:g}"

    def __call__(self, crops: Tensor) -> Tensor:
        return (crops + self.sigma / 255 * torch.randn_like(crops)).clamp(0, 1)


@dataclass(frozen=True)
class Cutout:
    """Greys out a square at a random place, part of which may lie outside (DeVries & Taylor 2017).

    Attributes:
        side: Of the square, in pixels.

    Raises:
        ValueError: It is below 1.
    """

    side: int

    def __post_init__(self) -> None:
        if self.side < 1:
            raise ValueError(f"a square has a side of 1 pixel or more, not {self.side}")

    @property
    def name(self) -> str:
        """What a person types for it."""
        return f"cutout{self.side}"

    def __call__(self, crops: Tensor) -> Tensor:
        height, width = crops.shape[-2:]
        rows = self._covered(len(crops), height).to(crops.device)
        columns = self._covered(len(crops), width).to(crops.device)
        inside = (rows[:, :, None] & columns[:, None, :])[:, None]
        return torch.where(inside, 0.5, crops)

    def _covered(self, count: int, length: int) -> Tensor:
        """(count, length): which places along one axis a square covers, its middle being any of them."""
        first = torch.randint(length, (count, 1)) - self.side // 2
        places = torch.arange(length)
        return (places >= first) & (places < first + self.side)
