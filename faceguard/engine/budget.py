"""The budget: how far each pixel may move. Every method's perturbation passes here and nowhere else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from faceguard.photos.jpeg_planes import LUMINANCE

_WINDOW = 7  # pixels; the neighbourhood whose variation hides a perturbation


@dataclass(frozen=True, eq=False)
class Room:
    """How far each pixel of images (B, 3, H, W) may move, in units of the images, 0..1.

    Attributes:
        limits: (B, 1, H, W): how far, whatever the pixel's value.
        low: (B, 3, H, W): the lowest change, which also leaves values at 0 at least; 0 at most.
        high: (B, 3, H, W): the highest, which leaves them at 1 at most; 0 at least.
        grey: (B,) bool: images whose channels must move alike.
    """

    limits: Tensor
    low: Tensor
    high: Tensor
    grey: Tensor

    def kept(self, delta: Tensor, out: Tensor | None = None) -> Tensor:
        """The nearest perturbation (B, 3, H, W) inside, grey where the photo is grey.

        Args:
            delta: (B, 3, H, W).
            out: Where the result goes, such as `delta` itself; without it, gradients pass.
        """
        if self._some_grey:
            delta = torch.where(self.grey.view(-1, 1, 1, 1), delta.mean(1, keepdim=True), delta)
        return torch.clamp(delta, self.low, self.high, out=out)

    @cached_property
    def _some_grey(self) -> bool:
        return bool(self.grey.any())


@dataclass(frozen=True)
class Budget:
    """An l-infinity budget, smaller where the eye sees most.

    Attributes:
        epsilon: The largest change of a value, in steps of 255.
        smooth: The share of epsilon that is allowed where the picture is perfectly smooth, 0..1.
        busy: The standard deviation of luminance, in steps of 255 over 7x7 pixels, from which on all of
            epsilon is allowed; in between the share grows with the deviation.
    """

    epsilon: float
    smooth: float = 1.0
    busy: float = 12.0

    def __post_init__(self) -> None:
        if not 0 < self.epsilon <= 255:
            raise ValueError(f"epsilon must be above 0 and at most 255, not {self.epsilon}")
        if not 0 <= self.smooth <= 1:
            raise ValueError(f"the share for smooth places must be 0..1, not {self.smooth}")
        if self.busy <= 0:
            raise ValueError(f"the deviation of busy places must be positive, not {self.busy}")

    def room(self, images: Tensor, mask: Tensor, grey: Tensor) -> Room:
        """How far each pixel of images may move.

        Args:
            images: (B, 3, H, W), RGB, 0..1.
            mask: (B, 1, H, W), 0..1: the share of the budget that the place leaves.
            grey: (B,) bool: images whose channels must move alike.
        """
        share = mask
        if self.smooth < 1:
            share = mask * (_deviation(images) * 255 / self.busy).clamp(self.smooth, 1)
        limits = share * (self.epsilon / 255)
        return Room(limits, torch.maximum(-limits, -images), torch.minimum(limits, 1 - images), grey)

    def rounded(self, photo: NDArray[np.uint8], delta: NDArray[np.float32], grey: bool) -> NDArray[np.uint8]:
        """A photo's pixels after a perturbation, as whole numbers, none moved by more than epsilon.

        What is not a number, as where a surrogate's values overflow, moves nothing.

        Args:
            photo: uint8 (H, W, 3), RGB.
            delta: float (H, W, 3), 1 is the whole range of values.
            grey: The photo is greyscale: all channels move alike.
        """
        # In place, as faces have millions of pixels; float32 holds these whole numbers exactly.
        moved = (delta.mean(2, keepdims=True) if grey else delta) * np.float32(255)
        np.nan_to_num(moved, copy=False)
        np.rint(moved, out=moved)
        whole = math.floor(self.epsilon)
        np.clip(moved, -whole, whole, out=moved)
        each = np.repeat(moved, 3, axis=2) if grey else moved
        return np.asarray(cv2.add(photo, each, dtype=cv2.CV_8U), dtype=np.uint8)  # 0..255 at the ends


def _deviation(images: Tensor) -> Tensor:
    """The standard deviation of luminance around each pixel: (B, 1, H, W), in units of the images."""
    weights = torch.tensor(LUMINANCE, dtype=images.dtype, device=images.device).view(1, 3, 1, 1)
    luminance = (images * weights).sum(1, keepdim=True)

    def average(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, _WINDOW, 1, padding=_WINDOW // 2, count_include_pad=False)

    return (average(luminance * luminance) - average(luminance) ** 2).clamp_min(0).sqrt()
