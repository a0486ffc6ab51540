"""JPEG with gradients: what a tracker's recompression leaves of a perturbation.

The standard's own steps (ITU-T T.81: YCbCr, 4:2:0, 8x8 cosine transform, quantisation by the tables of its
Annex K scaled as libjpeg scales them). Rounding passes its gradient straight through, so the values are a
real decoder's, up to its integer arithmetic. Without rounding the cosine transform and its inverse cancel:
the gradient has only the halved colours to pass through.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor

from faceguard.photos.jpeg_planes import BLUE_DIFFERENCE, LUMINANCE, RED_DIFFERENCE

_LUMINANCE_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE_TABLE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)


@cache
def _transform(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of a block, its values and frequencies in rows: (64, 64), float64."""
    frequency = torch.arange(8, dtype=torch.float64).view(8, 1)
    place = torch.arange(8, dtype=torch.float64).view(1, 8)
    matrix = torch.cos((2 * place + 1) * frequency * torch.pi / 16) / 2
    matrix[0] /= 2**0.5
    return torch.kron(matrix, matrix).to(device)


@cache
def _colours(device: torch.device) -> tuple[Tensor, Tensor]:
    """RGB -> YCbCr and back, each (3, 3)."""
    forward = torch.tensor((LUMINANCE, BLUE_DIFFERENCE, RED_DIFFERENCE), dtype=torch.float64)
    return forward.float().to(device), torch.linalg.inv(forward).float().to(device)


@cache
def _coders(quality: int, device: torch.device) -> Tensor:
    """From blocks to multiples of their quantisation steps and back, at a quality as libjpeg scales it.

    Returns:
        (2, 2, 64, 64): luminance and chrominance; coder and decoder.
    """
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    tables = torch.tensor([_LUMINANCE_TABLE, _CHROMINANCE_TABLE], dtype=torch.float64, device=device)
    steps = ((tables * percent + 50) / 100).floor().clamp(1, 255).view(2, 1, 64)
    transform = _transform(device)
    return torch.stack([transform.T / steps, (transform.T * steps).transpose(1, 2)], dim=1).float()


def _quantised(plane: Tensor, coders: Tensor) -> Tensor:
    """One plane (B, H, W), multiples of eight wide and high, after transform, quantisation and back."""
    batch, height, width = plane.shape
    blocks = plane.reshape(batch, height // 8, 8, width // 8, 8).transpose(2, 3)
    coefficients = (blocks.reshape(-1, 64) @ coders[0]).round_()
    return (coefficients @ coders[1]).view(blocks.shape).transpose(2, 3).reshape(batch, height, width)


def _halved(values: Tensor) -> Tensor:
    """The sums of two by two values (..., H, W): (..., H / 2, W / 2); slices are faster than pooling."""
    rows = values[..., 0::2, :] + values[..., 1::2, :]
    return rows[..., 0::2] + rows[..., 1::2]


def _doubled(values: Tensor, axis: int) -> Tensor:
    """Twice as many values along an axis, by linear interpolation; slices are faster than `F.interpolate`."""
    last = values.shape[axis] - 1
    left = torch.cat([values.narrow(axis, 0, 1), values.narrow(axis, 0, last)], axis)
    right = torch.cat([values.narrow(axis, 1, last), values.narrow(axis, last, 1)], axis)
    both = torch.stack([torch.lerp(values, left, 0.25), torch.lerp(values, right, 0.25)], axis + 1)
    doubled: Tensor = both.flatten(axis, axis + 1)
    return doubled


def _undoubled(gradient: Tensor, axis: int) -> Tensor:
    """What `_doubled` makes of its result's gradient."""
    even, odd = gradient.unflatten(axis, (-1, 2)).unbind(axis + 1)
    last = even.shape[axis] - 1
    values: Tensor = (even + odd) * 0.75
    values.narrow(axis, 0, last).add_(even.narrow(axis, 1, last), alpha=0.25)
    values.narrow(axis, 0, 1).add_(even.narrow(axis, 0, 1), alpha=0.25)
    values.narrow(axis, 1, last).add_(odd.narrow(axis, 0, last), alpha=0.25)
    values.narrow(axis, last, 1).add_(odd.narrow(axis, last, 1), alpha=0.25)
    return values


class _Compressed(torch.autograd.Function):
    """Values (B, 3, H, W), RGB, -128..127, multiples of sixteen a side, as they are decoded: 0..255."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, quality: int) -> Tensor:
        forward, backward = _colours(values.device)
        luminance, chrominance = _coders(quality, values.device)
        y = _quantised(torch.einsum("c,bchw->bhw", forward[0], values), luminance)
        # The level shift is of luminance alone: chrominance of grey is zero, its weights add up to zero.
        small = torch.einsum("dc,bchw->bdhw", forward[1:] / 4, _halved(values))
        small = _quantised(small.flatten(0, 1), chrominance).view_as(small)
        colour = torch.einsum("dc,bchw->bdhw", backward[:, 1:], small)
        decoded = _doubled(_doubled(colour, 3), 2)
        decoded += (y + 128)[:, None]
        ctx.save_for_backward(decoded)
        return decoded.clamp(0, 255).round_()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (decoded,) = ctx.saved_tensors
        # None where it was clipped; at the very ends it passes, as it does through `clamp`.
        gradient = torch.ops.aten.hardtanh_backward(gradients[0], decoded, -0.01, 255.01)
        forward, backward = _colours(gradient.device)
        small = _undoubled(_undoubled(gradient, 2), 3)
        colour = torch.einsum("dc,bdhw->bchw", backward[:, 1:] @ forward[1:] / 4, small)
        luminance = gradient.sum(1, keepdim=True) * forward[0].view(1, 3, 1, 1)
        pairs = luminance.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
        return (pairs + colour[:, :, :, None, :, None]).flatten(4).flatten(2, 3), None


def _padded(values: Tensor, axis: int) -> Tensor:
    """Values with the last of an axis repeated up to a multiple of sixteen; faster than `F.pad`."""
    size = values.shape[axis]
    last = values.narrow(axis, size - 1, 1)
    return torch.cat([values] + [last] * (-size % 16), axis) if size % 16 else values


def jpeg(images: Tensor, quality: int) -> Tensor:
    """Images (B, 3, H, W), RGB, 0..1, as a JPEG of a quality gives them back; 4:2:0.

    Raises:
        ValueError: The quality is not in 1..100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"a JPEG's quality is 1..100, not {quality}")
    height, width = images.shape[-2:]
    values = (images * 255).sub_(128)
    values = _padded(_padded(values, 3), 2)
    decoded: Tensor = _Compressed.apply(values, quality)
    return decoded[:, :, :height, :width] / 255
