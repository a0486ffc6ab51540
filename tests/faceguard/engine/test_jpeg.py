"""The differentiable JPEG against libjpeg's."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F

from faceguard.engine.jpeg import jpeg

Pixels = NDArray[np.uint8]


def batch(pixels: Pixels) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255


def ours(pixels: Pixels, quality: int) -> NDArray[np.float32]:
    return np.asarray(jpeg(batch(pixels), quality)[0].permute(1, 2, 0) * 255, np.float32)


def libjpegs(pixels: Pixels, quality: int) -> NDArray[np.float32]:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(encoded), np.float32)


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 90, 95, 100])
def test_a_photo_is_what_libjpeg_makes_of_it(quality: int) -> None:
    """To under a level, when the compression itself moves values by 1.3 (at 100) to 7.7 levels (at 10)."""
    photo = skimage.data.astronaut()
    difference = np.abs(ours(photo, quality) - libjpegs(photo, quality))
    assert difference.mean() < 0.85
    assert np.percentile(difference, 99) <= 10


@pytest.mark.parametrize("quality", [10, 50, 75, 100])
def test_luminance_is_what_libjpeg_makes_of_it(quality: int) -> None:
    """A grey photo has no colour to be halved and smoothed: what is left is libjpeg's integer arithmetic."""
    grey = skimage.data.astronaut()[..., :1].repeat(3, 2)
    assert np.abs(ours(grey, quality) - libjpegs(grey, quality)).mean() < 0.15


@pytest.mark.parametrize("shape", [(113, 77), (16, 17), (8, 8), (17, 1), (1, 1)])
def test_sizes_that_are_no_multiples_of_sixteen(shape: tuple[int, int]) -> None:
    photo = np.ascontiguousarray(skimage.data.astronaut()[: shape[0], 100 : 100 + shape[1]])
    found = ours(photo, 90)
    assert found.shape == photo.shape
    assert np.abs(found - libjpegs(photo, 90)).mean() < 1


@pytest.mark.parametrize("quality", [1, 60, 100])
def test_grey_stays_grey_and_values_stay_whole_and_in_range(quality: int) -> None:
    grey = skimage.data.astronaut()[:64, :64, :1].repeat(3, 2)
    found = ours(grey, quality)
    assert (found[..., :1] == found).all()
    assert found.min() >= 0
    assert found.max() <= 255
    assert found == pytest.approx(np.round(found), abs=1e-3)


def test_an_even_colour_is_kept() -> None:
    even = np.full((32, 32, 3), (200, 30, 90), np.uint8)
    assert np.abs(ours(even, 95) - even).max() <= 2


def test_each_picture_of_a_batch_is_compressed_by_itself() -> None:
    first, second = batch(skimage.data.astronaut()[:48, :48]), batch(skimage.data.chelsea()[:48, :48])
    together = jpeg(torch.cat([first, second]), 70)
    assert torch.allclose(together, torch.cat([jpeg(first, 70), jpeg(second, 70)]), atol=1e-6)


def test_gradients_pass_as_if_nothing_were_rounded() -> None:
    """Without rounding JPEG gives luminance back unchanged, and so the gradient of the mean is even."""
    photo = batch(skimage.data.astronaut()[:32, 100:132]) * 0.6 + 0.2
    photo.requires_grad_()
    (gradient,) = torch.autograd.grad(jpeg(photo, 75).mean(), photo)
    assert torch.isfinite(gradient).all()
    assert gradient.sum().item() == pytest.approx(1, abs=0.02)
    assert gradient.min() > 0


@pytest.mark.parametrize("quality", [-1, 0, 101])
def test_other_qualities_are_refused(quality: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.100"):
        jpeg(torch.zeros(1, 3, 8, 8), quality)


def test_colours_gradients_are_those_of_halving_and_smoothing() -> None:
    """Without rounding JPEG is linear: brightness as it is, colour halved by averages and doubled again."""
    generator = torch.Generator().manual_seed(4)
    photo = (torch.rand(1, 3, 32, 48, generator=generator) * 0.2 + 0.4).requires_grad_()
    g = torch.randn(1, 3, 32, 48, generator=generator)
    (found,) = torch.autograd.grad(jpeg(photo, 90), photo, g)
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    brightness = (photo * weights).sum(1, keepdim=True)
    colour = F.avg_pool2d(photo - brightness, 2)
    linear = brightness + F.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)
    (expected,) = torch.autograd.grad(linear, photo, g)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
