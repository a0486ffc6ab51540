"""Alignment: five landmarks -> similarity transform -> a recogniser's crop, with gradients to the photo.

A matrix (2, 3) takes a photo's pixel (x, y) to a crop's pixel, pixel centres at whole numbers, as OpenCV has
it: `cv2.warpAffine(photo, matrix, (size, size))` gives the same crop.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from recognizers.crops import CropSpec


def similarity_transform(landmarks: NDArray[np.floating], crop: CropSpec) -> NDArray[np.float64]:
    """The scaling, rotation and shift that bring landmarks closest to a crop's template.

    Least squares in closed form (Umeyama 1991 in the plane, without reflection).

    Args:
        landmarks: (5, 2), as (x, y) in photo pixels.
        crop: The crop whose template they should meet.

    Returns:
        (2, 3): photo pixel -> crop pixel.

    Raises:
        ValueError: All landmarks fall on one point.
    """
    source = np.asarray(landmarks, dtype=np.float64)
    target = np.asarray(crop.template, dtype=np.float64)
    # In the plane a similarity is one complex factor and one complex shift.
    z = (source - source.mean(0)) @ (1, 1j)
    w = (target - target.mean(0)) @ (1, 1j)
    spread = float((abs(z) ** 2).sum())
    if spread == 0:
        raise ValueError("the five landmarks fall on one point")
    factor = (z.conj() @ w) / spread
    rotation = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    shift = target.mean(0) - rotation @ source.mean(0)
    return np.hstack([rotation, shift[:, None]])


def invert(matrices: Tensor) -> Tensor:
    """The inverses (B, 2, 3) of affine matrices (B, 2, 3)."""
    linear = torch.linalg.inv(matrices[:, :, :2])
    return torch.cat([linear, -linear @ matrices[:, :, 2:]], dim=2)


def compose(outer: Tensor, inner: Tensor) -> Tensor:
    """The matrices (B, 2, 3) of "first `inner`, then `outer`"."""
    linear = outer[:, :, :2] @ inner[:, :, :2]
    return torch.cat([linear, outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]], dim=2)


def warp(images: Tensor, matrices: Tensor, size: int, samples: int = 1) -> Tensor:
    """Crops of images by bilinear sampling, differentiable in the images.

    Args:
        images: (B, C, H, W) float.
        matrices: (B, 2, 3): image pixel -> crop pixel.
        size: The crops' width and height.
        samples: Each crop pixel is the mean of samples x samples points. 1 is what `cv2.warpAffine` does;
            more keeps a strong reduction from aliasing.

    Returns:
        (B, C, size, size); zero where a crop leaves its image.
    """
    grid = _grid(invert(matrices), size, samples, images.shape[-2:]).to(images.dtype)
    crops = F.grid_sample(images, grid, mode="bilinear", align_corners=False)
    return F.avg_pool2d(crops, samples) if samples > 1 else crops


def _grid(inverses: Tensor, size: int, samples: int, shape: tuple[int, ...]) -> Tensor:
    """Where in images (H, W) the points of crops lie: (B, size * samples, size * samples, 2), -1..1.

    Args:
        inverses: (B, 2, 3): crop pixel -> image pixel.
        size: The crops' width and height.
        samples: How many points a side each pixel has.
        shape: The images' height and width.
    """
    extent = torch.tensor([shape[1], shape[0]], dtype=inverses.dtype, device=inverses.device)
    unit = inverses * (2 / extent).view(1, 2, 1)
    fine = size * samples
    ticks = (torch.arange(fine, dtype=inverses.dtype, device=inverses.device) + 0.5) / samples - 0.5
    along = unit[:, :, :1] * ticks
    down = unit[:, :, 1:2] * ticks + (unit[:, :, 2:] + (1 / extent - 1).view(1, 2, 1))
    grid = inverses.new_empty(len(inverses), fine, fine, 2)
    for axis in (0, 1):
        grid[..., axis] = along[:, axis, None, :] + down[:, axis, :, None]
    return grid
