"""Gradients that favour coarse patterns, which smaller copies and JPEG leave of a perturbation.

Blurring them is Dong et al. 2019 (translation-invariant attacks), there with kernels of 15 pixels and of the
whole gradient; here fine patterns count for a part.
"""

from __future__ import annotations

import cv2
import torch
from torch import Tensor
from torch.nn import functional as F

_DEVIATION = 1.2  # pixels
_REACH = 4  # pixels: beyond three deviations
_KERNEL = 2 * _REACH + 1


def partly_blurred(gradient: Tensor, share: float) -> Tensor:
    """Gradients of which a part is blurred, by a Gaussian of 1.2 pixels.

    Args:
        gradient: (B, C, H, W), float32 or float64, taken as 0 beyond its edges; overwritten.
        share: How much of it is blurred, 0..1.

    Returns:
        (B, C, H, W).
    """
    return gradient.lerp_(_blurred(gradient), share) if share else gradient


def _blurred(images: Tensor) -> Tensor:
    # On a processor, OpenCV takes a twentieth of the time of a convolution.
    return _by_opencv(images) if images.device.type == "cpu" else _by_convolution(images)


def _by_opencv(images: Tensor) -> Tensor:
    images = images.contiguous()
    blurred = torch.empty_like(images)
    planes = (part.flatten(0, 1).numpy() for part in (images, blurred))
    for plane, out in zip(*planes, strict=True):
        cv2.GaussianBlur(plane, (_KERNEL, _KERNEL), _DEVIATION, dst=out, borderType=cv2.BORDER_CONSTANT)
    return blurred


def _by_convolution(images: Tensor) -> Tensor:
    # Not torchvision's: loading it takes longer than PyTorch itself.
    kernel = torch.from_numpy(cv2.getGaussianKernel(_KERNEL, _DEVIATION)).to(images)
    channels = images.shape[1]
    across, down = (kernel.view(1, 1, *shape).expand(channels, -1, -1, -1) for shape in ((1, -1), (-1, 1)))
    rows = F.conv2d(images, across, padding=(0, _REACH), groups=channels)
    return F.conv2d(rows, down, padding=(_REACH, 0), groups=channels)
