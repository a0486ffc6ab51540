"""Views change pictures as they say, and pass gradients."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from faceguard.engine.views import View, ViewSettings, cut_out, jittered
from faceguard.faces.alignment import similarity_transform, warp
from recognizers import DLIB_150

ALL = [
    View(),
    View(scale=0.5),
    View(scale=0.6, antialias=False),
    View(blur=1.5),
    View(quality=75),
    View(scale=0.5, quality=80),
]


@pytest.mark.parametrize("view", ALL)
def test_every_view_passes_gradients_and_stays_in_range(view: View) -> None:
    images = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    seen, _ = view.apply(images)
    seen.square().sum().backward()
    assert images.grad is not None
    assert images.grad.abs().sum() > 0
    assert -0.01 <= seen.min().item() <= seen.max().item() <= 1.01


def test_blur_equals_opencv() -> None:
    picture = np.random.default_rng(0).random((40, 50, 3)).astype(np.float32).round(2)
    picture = (np.rint(picture * 255) / 255).astype(np.float32)
    seen, _ = View(blur=1.2).apply(torch.from_numpy(picture).permute(2, 0, 1)[None])
    wanted = cv2.GaussianBlur(picture, (25, 25), 1.2)
    assert np.allclose(seen[0].permute(1, 2, 0).numpy()[12:-12, 12:-12], wanted[12:-12, 12:-12], atol=1e-4)


def test_a_resized_view_says_where_its_pixels_went() -> None:
    ramp = torch.linspace(0, 1, 200).view(1, 1, 1, 200).expand(1, 3, 200, 200)
    seen, places = View(scale=0.5).apply(ramp)
    assert seen.shape[-2:] == (100, 100)
    x = 121.0
    moved = places[0] @ torch.tensor([x, 60.0, 1.0])
    column = moved[0]
    low = int(column)
    value = seen[0, 0, 30, low] + (column - low) * (seen[0, 0, 30, low + 1] - seen[0, 0, 30, low])
    assert value.item() == pytest.approx(ramp[0, 0, 0, int(x)].item(), abs=0.01)


def test_the_schedule_depends_on_the_seed_alone_and_mirrors_every_other_step() -> None:
    settings = ViewSettings()
    assert settings.schedule(20, 3) == settings.schedule(20, 3)
    assert settings.schedule(20, 3) != settings.schedule(20, 4)
    assert settings.schedule(30, 3)[:20] == settings.schedule(20, 3)
    assert [view.mirrored for view in settings.schedule(4, 0)] == [False, True, False, True]


def test_details_are_drawn_between_the_least_and_all_and_only_where_asked_for() -> None:
    varied = ViewSettings(least_detail=0.55)
    details = [view.detail for view in varied.schedule(300, 3)]
    assert 0.55 <= min(details) < 0.57
    assert 0.98 < max(details) <= 1
    assert varied.schedule(30, 3)[:20] == varied.schedule(20, 3)
    assert {view.detail for view in ViewSettings().schedule(300, 3)} == {1.0}


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_of_less_detail_is_a_smaller_crop_brought_up(mirrored: bool) -> None:
    rng = np.random.default_rng(4)
    photo = rng.integers(0, 256, (200, 180, 3)).astype(np.float32)
    matrix = np.array([[0.7, 0.1, 3.0], [-0.1, 0.7, 15.0]])
    view = View(detail=0.6, mirrored=mirrored)
    images = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
    viewed, places = view.apply(images)
    found = cut_out(viewed, places, torch.from_numpy(matrix)[None].float(), torch.zeros(1, 4), 150, view)
    to_fewer = np.array([[0.6, 0, -0.2], [0, 0.6, -0.2], [0, 0, 1]])  # 150 -> 90, centres at whole numbers
    smaller = cv2.warpAffine(photo, to_fewer[:2] @ np.vstack([matrix, (0, 0, 1)]), (90, 90))
    wanted = cv2.resize(smaller, (150, 150), interpolation=cv2.INTER_LINEAR)
    if mirrored:
        wanted = wanted[:, ::-1]
    # OpenCV places its samples on a 32nd of a pixel, which in noise is up to some grey levels.
    assert np.abs(found[0].permute(1, 2, 0).numpy() * 255 - wanted).mean() < 1.5


def test_a_crop_of_less_detail_passes_gradcheck() -> None:
    images = torch.rand(1, 3, 12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    places = torch.eye(2, 3, dtype=torch.float64)[None]
    matrix = torch.tensor([[[1.1, 0.1, 0.4], [-0.1, 1.1, 1.3]]], dtype=torch.float64)
    view, errors = View(detail=0.7, mirrored=True), torch.zeros(1, 4, dtype=torch.float64)
    images.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: cut_out(x, places, matrix, errors, 14, view), (images,))


def test_no_jitter_changes_nothing_and_a_shift_shifts() -> None:
    matrices = torch.tensor([[[0.7, 0.1, 3.0], [-0.1, 0.7, 5.0]]])
    assert torch.allclose(jittered(matrices, torch.zeros(1, 4), 150), matrices, atol=1e-5)
    shifted = jittered(matrices, torch.tensor([[0.0, 0.0, 0.1, 0.0]]), 150)
    assert torch.allclose(shifted[:, :, 2] - matrices[:, :, 2], torch.tensor([[9.0, 0.0]]), atol=1e-4)


def test_a_turn_keeps_the_middle_of_the_crop() -> None:
    landmarks = np.array(DLIB_150.template) + 20
    matrix = torch.from_numpy(similarity_transform(landmarks, DLIB_150))[None].float()
    middle = torch.tensor([74.5 + 20, 74.5 + 20, 1.0])
    turned = jittered(matrix, torch.tensor([[0.1, 0.3, 0.0, 0.0]]), 150)
    assert torch.allclose(turned[0] @ middle, torch.tensor([74.5, 74.5]), atol=1e-3)


def test_views_and_warp_together_pass_gradcheck() -> None:
    images = torch.rand(1, 3, 12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    matrix = torch.tensor([[[0.6, 0.1, 0.4], [-0.1, 0.6, 1.3]]], dtype=torch.float64)
    images.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: warp(x, matrix, 6), (images,))


@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.0])
def test_a_blur_is_a_gaussian_and_keeps_an_even_picture(deviation: float) -> None:
    inside = torch.rand(1, 3, 40, 30, generator=torch.Generator().manual_seed(1))
    inside = (inside * 255).round() / 255
    found, _ = View(blur=deviation).apply(inside)
    ours = found[0].permute(1, 2, 0).numpy()
    theirs = cv2.GaussianBlur(inside[0].permute(1, 2, 0).numpy(), (0, 0), deviation)
    edge = 8
    assert np.abs(ours - theirs)[edge:-edge, edge:-edge].max() < 0.004
    even, _ = View(blur=deviation).apply(torch.full((1, 3, 20, 20), 100 / 255))
    torch.testing.assert_close(even, torch.full((1, 3, 20, 20), 100 / 255))


def test_a_blurs_gradient_is_its_transpose() -> None:
    """<A x, g> = <x, A^T g> for a linear A."""
    generator = torch.Generator().manual_seed(2)
    x = ((torch.rand(1, 3, 13, 9, generator=generator) * 255).round() / 255).requires_grad_()
    g = torch.randn(1, 3, 13, 9, generator=generator)
    blurred, _ = View(blur=1.2).apply(x)
    (gradient,) = torch.autograd.grad(blurred, x, g)
    there, back = (blurred * g).sum().item(), (x * gradient).sum().item()
    assert there == pytest.approx(back, rel=1e-4)
