"""The budget is kept whatever a perturbation asks for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceguard.engine.budget import Budget


@pytest.mark.parametrize("epsilon", [0.0, -1.0, 256.0])
def test_refuses_impossible_epsilons(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon"):
        Budget(epsilon)


@pytest.mark.parametrize("epsilon", [4.0, 8.0, 16.0, 7.9])
@pytest.mark.parametrize("grey", [False, True])
def test_rounding_never_exceeds_epsilon(epsilon: float, grey: bool) -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    if grey:
        photo[:] = photo[:, :, :1]
    delta = rng.normal(0, 0.1, photo.shape).astype(np.float32)
    moved = Budget(epsilon).rounded(photo, delta, grey)
    change = np.abs(moved.astype(int) - photo)
    assert moved.dtype == np.uint8
    assert change.max() == int(epsilon)
    if grey:
        assert (moved == moved[:, :, :1]).all()


def test_projection_keeps_limits_range_and_grey() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(2, 3, 20, 20, generator=generator)
    images[1] = images[1, :1]
    mask = torch.rand(2, 1, 20, 20, generator=generator)
    budget = Budget(8, smooth=0.5, busy=10)
    room = budget.room(images, mask, torch.tensor([False, True]))
    wished = torch.randn(2, 3, 20, 20, generator=generator)
    delta = room.kept(wished)
    assert (delta.abs() <= room.limits + 1e-7).all()
    assert (images + delta).min() >= 0
    assert (images + delta).max() <= 1
    assert torch.equal(delta[1], delta[1, :1].expand(3, -1, -1))
    assert not torch.equal(delta[0], delta[0, :1].expand(3, -1, -1))
    torch.testing.assert_close(room.kept(delta), delta)
    assert torch.equal(room.kept(wished, out=wished), delta)
    assert torch.equal(wished, delta)


def test_smooth_places_get_their_share_and_busy_places_all() -> None:
    images = torch.full((1, 3, 40, 80), 0.5)
    images[:, :, :, 40:] = torch.rand(1, 1, 40, 40, generator=torch.Generator().manual_seed(1))
    room = Budget(8, smooth=0.25, busy=10).room(images, torch.ones(1, 1, 40, 80), torch.tensor([False]))
    limits = room.limits
    assert limits[0, 0, 20, 10].item() == pytest.approx(0.25 * 8 / 255)
    assert limits[0, 0, 20, 60].item() == pytest.approx(8 / 255)


def test_masked_places_do_not_move() -> None:
    images = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    mask = torch.zeros(1, 1, 16, 16)
    delta = Budget(16).room(images, mask, torch.tensor([False])).kept(torch.ones_like(images))
    assert delta.abs().max() == 0


def test_what_is_not_a_number_moves_nothing() -> None:
    photo = np.full((2, 2, 3), 128, np.uint8)
    delta = np.full((2, 2, 3), 2 / 255, np.float32)
    delta[0] = np.nan
    delta[1, 0] = np.inf
    moved = Budget(8).rounded(photo, delta, grey=False)
    assert (moved[0] == 128).all()
    assert (moved[1, 0] == 136).all()
    assert (moved[1, 1] == 130).all()
