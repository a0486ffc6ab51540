"""JPEG with gradients: what a tracker's recompression leaves of a perturbation.

The standard's own steps (ITU-T T.81: YCbCr, 4:2:0, 8x8 cosine transform, quantisation by the tables of its
Annex K scaled as libjpeg scales them). Rounding passes its gradient straight through, so the values are a
real decoder's, up to its integer arithmetic.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
_TO_YCBCR = (
    (0.299, 0.587, 0.114),
    (-0.168736, -0.331264, 0.5),
    (0.5, -0.418688, -0.081312),
)


@cache
def _cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of eight values, (8, 8)."""
    frequency = torch.arange(8, dtype=torch.float64).view(8, 1)
    place = torch.arange(8, dtype=torch.float64).view(1, 8)
    matrix = torch.cos((2 * place + 1) * frequency * torch.pi / 16) / 2
    matrix[0] /= 2**0.5
    return matrix.float().to(device)


@cache
def _colours(device: torch.device) -> tuple[Tensor, Tensor]:
    """RGB -> YCbCr and back, each (3, 3)."""
    forward = torch.tensor(_TO_YCBCR, dtype=torch.float64)
    return forward.float().to(device), torch.linalg.inv(forward).float().to(device)


@cache
def _steps(quality: int, device: torch.device) -> Tensor:
    """Quantisation steps at a quality as libjpeg scales them: (2, 8, 8), luminance and chrominance."""
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    tables = torch.tensor([_LUMINANCE, _CHROMINANCE], dtype=torch.float64)
    return ((tables * percent + 50) / 100).floor().clamp(1, 255).float().to(device)


def round_through(x: Tensor) -> Tensor:
    """Rounds to whole numbers; the gradient passes as if it did not."""
    return x + (x.round() - x).detach()


def _quantise(plane: Tensor, steps: Tensor) -> Tensor:
    """One plane (B, H, W), multiples of eight wide and high, after transform, quantisation and back."""
    batch, height, width = plane.shape
    cosines = _cosines(plane.device)
    blocks = plane.reshape(batch, height // 8, 8, width // 8, 8).transpose(2, 3)
    coefficients = cosines @ blocks @ cosines.T
    kept = round_through(coefficients / steps) * steps
    return (cosines.T @ kept @ cosines).transpose(2, 3).reshape(batch, height, width)


def jpeg(images: Tensor, quality: int) -> Tensor:
    """Images (B, 3, H, W), RGB, 0..1, as a JPEG of a quality gives them back; 4:2:0.

    Raises:
        ValueError: The quality is not in 1..100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"a JPEG's quality is 1..100, not {quality}")
    height, width = images.shape[-2:]
    padded = F.pad(images * 255 - 128, (0, -width % 16, 0, -height % 16), mode="replicate")
    forward, backward = _colours(images.device)
    planes = torch.einsum("dc,bchw->bdhw", forward, padded)
    # The level shift is of luminance alone: chrominance of grey is zero because its weights add up to zero.
    luminance, chrominance = _steps(quality, images.device)
    y = _quantise(planes[:, 0], luminance)
    small = F.avg_pool2d(planes[:, 1:], 2)
    colour = _quantise(small.flatten(0, 1), chrominance).view_as(small)
    colour = F.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)
    decoded = torch.einsum("dc,bchw->bdhw", backward, torch.cat([y[:, None], colour], 1))
    values = round_through((decoded + 128).clamp(0, 255)) / 255
    return values[:, :, :height, :width]
