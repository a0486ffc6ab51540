"""Gradients that favour coarse patterns: the blur against SciPy's, and how much of it counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from scipy.ndimage import gaussian_filter

from faceguard.engine.coarse_gradient import _by_convolution, _by_opencv, partly_blurred


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def by_scipy(images: torch.Tensor) -> torch.Tensor:
    blurred = gaussian_filter(images.double().numpy(), 1.2, mode="constant", radius=4, axes=(2, 3))
    return torch.from_numpy(blurred).float()


@pytest.mark.parametrize("blurred", [_by_opencv, _by_convolution])
@pytest.mark.parametrize("shape", [(2, 3, 24, 31), (1, 1, 5, 3), (3, 3, 1, 1)])
def test_it_is_scipys_blur_with_nothing_beyond_the_edges(
    blurred: Callable[[torch.Tensor], torch.Tensor], shape: tuple[int, ...]
) -> None:
    images = noise(*shape)
    assert torch.allclose(blurred(images), by_scipy(images), atol=1e-6)
    turned = images.permute(0, 1, 3, 2)
    assert torch.allclose(blurred(turned), by_scipy(turned), atol=1e-6)


def test_doubles_are_blurred_too() -> None:
    images = noise(2, 3, 24, 31)
    assert torch.allclose(_by_opencv(images.double()).float(), by_scipy(images), atol=1e-6)


def test_a_share_of_it_counts() -> None:
    images = noise(2, 3, 12, 9)
    assert torch.equal(partly_blurred(images.clone(), 0), images)
    expected = 0.75 * images + 0.25 * by_scipy(images)
    assert torch.allclose(partly_blurred(images.clone(), 0.25), expected, atol=1e-6)


def test_an_empty_edge_changes_nothing() -> None:
    images = noise(1, 3, 20, 20)
    wide = torch.zeros(1, 3, 20, 32)
    wide[..., :20] = images
    assert torch.allclose(partly_blurred(wide, 0.5)[..., :20], partly_blurred(images, 0.5), atol=1e-6)
