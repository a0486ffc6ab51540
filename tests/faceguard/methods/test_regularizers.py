"""What perturbations are charged for: against scikit-image, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity as reference

from faceguard.methods.regularizers import Regularizers, structural_similarity, total_variation


def pictures(size: int = 24) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(2, 3, size, size, generator=generator, dtype=torch.float64)
    return clean, (torch.rand(clean.shape, generator=generator, dtype=torch.float64) - 0.5) * 0.2


def test_structural_similarity_is_scikit_images() -> None:
    clean, delta = pictures()
    for ours, before, after in zip(
        structural_similarity(clean, clean + delta), clean, clean + delta, strict=True
    ):
        wanted = reference(np.asarray(before), np.asarray(after), channel_axis=0, data_range=1.0)
        assert float(ours) == pytest.approx(float(wanted), abs=1e-9)
    torch.testing.assert_close(structural_similarity(clean, clean), torch.ones(2, dtype=torch.float64))


def test_total_variation_by_hand() -> None:
    picture = torch.tensor([[[[0.0, 1.0, 1.0], [2.0, 1.0, 0.0]]]])
    # Down: 2, 0, 1; across: 1, 0, 1, 1.
    assert total_variation(picture).tolist() == pytest.approx([1.0 + 0.75])


def test_each_has_its_weight_and_zero_leaves_it_out() -> None:
    clean, delta = pictures()
    none = Regularizers().costs(clean, delta, 0.1)
    assert none.tolist() == [0, 0]
    full = torch.full_like(delta, 0.1)
    assert Regularizers(l2=3.0).costs(clean, full, 0.1).tolist() == pytest.approx([3.0, 3.0])
    assert Regularizers(tv=3.0).costs(clean, full, 0.1).tolist() == [0, 0]
    one = Regularizers(ssim=1.0).costs(clean, delta, 0.1)
    torch.testing.assert_close(one, 1 - structural_similarity(clean, clean + delta))
    together = Regularizers(l2=1.0, ssim=2.0, tv=0.5).costs(clean, delta, 0.1)
    parts = (delta * 10).square().mean((1, 2, 3)) + 2 * one + 0.5 * total_variation(delta * 10)
    torch.testing.assert_close(together, parts)


def test_their_gradients_are_right() -> None:
    clean, delta = pictures(8)
    delta.requires_grad_()
    every = Regularizers(l2=1.0, ssim=2.0, tv=0.5)
    assert torch.autograd.gradcheck(lambda d: every.costs(clean, d, 0.1), (delta,))


def test_negative_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="tv must not be negative"):
        Regularizers(tv=-1.0)
