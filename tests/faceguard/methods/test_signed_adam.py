"""Signed Adam against PyTorch's Adam that is shown signs."""

from __future__ import annotations

import pytest
import torch

from faceguard.methods.signed_adam import SignedAdam

STEPS = 16


def test_it_goes_where_torchs_adam_goes_with_signs() -> None:
    gradients = torch.randn(
        STEPS, 1, 3, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    ours = SignedAdam(step_size=0.3, milestones=(0.5, 0.75), decay=0.1, softness=None)
    place = torch.zeros(1, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.Adam([place], lr=0.3, eps=0)
    falling = torch.optim.lr_scheduler.MultiStepLR(theirs, [8, 12], gamma=0.1)
    moment, mine = torch.zeros_like(place), torch.zeros_like(place)
    for number, gradient in enumerate(gradients):
        place.grad = gradient.sign()
        theirs.step()
        falling.step()
        moment = ours.remembered(moment, gradient)
        mine = mine - ours.step(moment, torch.ones(1, 1, 4, 5, dtype=torch.float64), number, STEPS)
        torch.testing.assert_close(mine, place, check_layout=False)


@pytest.mark.parametrize("softness", [None, 0.1])
def test_nothing_moves_without_a_gradient_or_a_limit(softness: float | None) -> None:
    ours = SignedAdam(softness=softness)
    gradient, limits = torch.ones(1, 3, 1, 3), torch.tensor([0.0, 1.0, 1.0]).view(1, 1, 1, 3)
    gradient[..., 1] = 0
    gradient[..., 2] = -1e-9 if softness is None else -1
    step = ours.step(ours.remembered(torch.zeros(1, 3, 1, 3), gradient), limits, 0, STEPS)
    torch.testing.assert_close(step[0, 0, 0], torch.tensor([0.0, 0.0, -ours.step_size]))


def test_the_softer_form_moves_weak_pixels_less_and_forgets_how_strong_pictures_are() -> None:
    ours = SignedAdam(softness=0.5, step_size=1.0)
    gradient = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    gradient[1] = 1e-6 * gradient[0]
    moment = ours.remembered(torch.zeros_like(gradient), gradient)
    step = ours.step(moment, torch.ones(2, 1, 8, 8), 0, STEPS)
    torch.testing.assert_close(step[0], step[1])
    size = gradient[0] / gradient[0].square().mean().sqrt()
    torch.testing.assert_close(step[0], (2 * size).clamp(-1, 1))
