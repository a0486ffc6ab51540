"""Views: what a tracker may do to a photo before its recogniser sees a face.

A perturbation that is only good for one exact crop is gone after the next resize. So each step of the solver
looks through another view: resized with and without anti-aliasing, blurred, recompressed, mirrored, aligned
by slightly different landmarks, and cut out in less detail than the surrogate takes, as recognisers with
smaller crops see a face (Athalye et al. 2018, expectation over transformation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.jpeg import jpeg
from faceguard.faces.alignment import compose, invert, warp


@dataclass(frozen=True)
class View:
    """One way of looking at a photo; everything in it is decided.

    Attributes:
        scale: What the photo is resized to, as a share of its size; 1 leaves it.
        antialias: Whether the resizing averages what it drops.
        blur: Standard deviation of a Gaussian blur in pixels; 0 leaves the photo.
        quality: JPEG quality it is recompressed at; 0 leaves it.
        mirrored: Whether the crop is mirrored.
        detail: What share of a crop's pixels a side are sampled, and then brought up to the crop's size; 1
            samples all.
    """

    scale: float = 1.0
    antialias: bool = True
    blur: float = 0.0
    quality: int = 0
    mirrored: bool = False
    detail: float = 1.0

    def apply(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, 3, H, W), RGB, 0..1, through the view, and where their pixels went.

        They are rounded to 8-bit values first; the gradient passes as if nothing were rounded.

        Returns:
            The viewed images, and the matrix (1, 2, 3): pixel of an image -> pixel of its view.
        """
        return self.of_rounded(_Rounded.apply(images))

    def of_rounded(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The same for images that are rounded already."""
        height, width = images.shape[-2:]
        if self.scale != 1:
            size = (max(8, round(height * self.scale)), max(8, round(width * self.scale)))
            images = F.interpolate(
                images, size, mode="bilinear", align_corners=False, antialias=self.antialias
            )
        if self.blur > 0:
            images = _Blurred.apply(images, self.blur)
        if self.quality:
            images = jpeg(images, self.quality)
        sy, sx = images.shape[-2] / height, images.shape[-1] / width
        places = torch.tensor(
            [[[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]]], device=images.device, dtype=images.dtype
        )
        return images, places


def round_(images: Tensor) -> Tensor:
    """Images, 0..1, in place, as 8-bit values give them back."""
    return images.mul_(255).round_().clamp_(0, 255).div_(255)


class _Rounded(torch.autograd.Function):
    """Images, 0..1, as 8-bit values give them back; the gradient passes as if nothing were rounded."""

    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        return round_(images.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0]


class _Blurred(torch.autograd.Function):
    """Images (B, 3, H, W) under a Gaussian blur of a standard deviation in pixels; edges see less of it."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, deviation: float) -> Tensor:
        ctx.deviation = deviation
        for axis in (2, 3):
            images = _smoothed(images, axis, deviation).div_(_seen(images, axis, deviation))
        return images

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient = gradients[0]
        for axis in (3, 2):
            gradient = _smoothed(gradient / _seen(gradient, axis, ctx.deviation), axis, ctx.deviation)
        return gradient, None


def _smoothed(values: Tensor, axis: int, deviation: float) -> Tensor:
    """The weighted sum of each value's neighbours along an axis; shifted slices beat a convolution."""
    size = values.shape[axis]
    total = values.clone()
    for shift in range(1, min(math.ceil(3 * deviation), size - 1) + 1):
        weight = math.exp(-(shift**2) / (2 * deviation**2))
        left, right = (values.narrow(axis, start, size - shift) for start in (0, shift))
        total.narrow(axis, shift, size - shift).add_(left, alpha=weight)
        total.narrow(axis, 0, size - shift).add_(right, alpha=weight)
    return total


def _seen(values: Tensor, axis: int, deviation: float) -> Tensor:
    """The sum of the weights that lie in the picture, to divide by."""
    shape = [1, 1, 1, 1]
    shape[axis] = values.shape[axis]
    return _smoothed(values.new_ones(shape), axis, deviation)


@dataclass(frozen=True)
class ViewSettings:
    """How the views are drawn.

    Attributes:
        resized: The share of views that resize, to 40..95 % of the size, half of them without anti-aliasing.
        blurred: The share that blur, by 0.5..2 pixels.
        recompressed: The share that recompress, at quality 60..95, half of them at half the size.
        jitter: Standard deviation of the landmarks' error: of the crop's scale, its angle in radians, and
            its shift in 0.6 crop sizes.
        least_detail: The least share of a crop's pixels a side that is sampled; views have from this to all.
    """

    resized: float = 0.4
    blurred: float = 0.1
    recompressed: float = 0.4
    jitter: float = 0.05
    least_detail: float = 1.0

    def schedule(self, steps: int, seed: int) -> list[View]:
        """One view for each step, the same for every batch; every other one mirrored."""
        draws = np.random.default_rng(seed)
        return [
            replace(self._photo(draws), mirrored=bool(step % 2), detail=self._detail(draws))
            for step in range(steps)
        ]

    def _photo(self, draws: np.random.Generator) -> View:
        """What is done to the photo."""
        kind, amount, plain = draws.random(3)
        if kind < self.resized:
            return View(scale=0.4 + 0.55 * amount, antialias=plain < 0.5)
        if kind < self.resized + self.blurred:
            return View(blur=0.5 + 1.5 * amount)
        if kind < self.resized + self.blurred + self.recompressed:
            return View(scale=0.5 if plain < 0.5 else 1.0, quality=round(60 + 35 * amount))
        return View()

    def _detail(self, draws: np.random.Generator) -> float:
        """How much of its detail a crop is sampled in; draws nothing where all are sampled in all of it."""
        if self.least_detail == 1:
            return 1.0
        return self.least_detail + (1 - self.least_detail) * draws.random()

    def draw_jitter(self, steps: int, generator: torch.Generator) -> Tensor:
        """(steps, 4): what the landmarks' errors do to one face's crop at each step."""
        return torch.randn(steps, 4, generator=generator) * self.jitter


def jittered(matrices: Tensor, draws: Tensor, size: int) -> Tensor:
    """Matrices (F, 2, 3) onto crops of a size, after errors (F, 4) of scale, angle and shift."""
    factor = torch.exp(draws[:, 0])
    cos, sin = factor * draws[:, 1].cos(), factor * draws[:, 1].sin()
    centre = (size - 1) / 2
    dx = centre - (cos - sin) * centre + draws[:, 2] * 0.6 * size
    dy = centre - (sin + cos) * centre + draws[:, 3] * 0.6 * size
    error = torch.stack([cos, -sin, dx, sin, cos, dy], dim=1).view(-1, 2, 3)
    return compose(error, matrices)


def cut_out(
    viewed: Tensor, places: Tensor, matrices: Tensor, errors: Tensor, size: int, view: View
) -> Tensor:
    """The faces of viewed images as a recogniser is shown them: (F, 3, size, size).

    Args:
        viewed: (F, 3, H, W): for each face, its image after the view.
        places: (1, 2, 3), from `View.apply`.
        matrices: (F, 2, 3): pixel of the image before the view -> crop pixel.
        errors: (F, 4): the landmarks' errors, from `ViewSettings.draw_jitter`.
        size: The crops' width and height.
        view: The view: in what detail crops are sampled, and whether they are mirrored.
    """
    matrices = jittered(compose(matrices, invert(places)), errors, size)
    sampled = max(8, round(size * view.detail))
    share = sampled / size
    fewer = matrices.new_tensor([[[share, 0, (share - 1) / 2], [0, share, (share - 1) / 2]]])
    crops = warp(viewed, compose(fewer, matrices), sampled)
    if sampled < size:
        crops = F.interpolate(crops, (size, size), mode="bilinear", align_corners=False)
    return crops.flip(3) if view.mirrored else crops


def samples_for(scale: float) -> int:
    """How many samples a side each crop pixel needs so that a reduction by `scale` does not alias."""
    return max(1, math.ceil(1 / scale - 0.5)) if scale < 1 else 1
