"""The solver: inside the budget, better with more steps, and the same whatever shares its batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.patches import Patch, batch, cut
from faceguard.engine.perturbation import Perturbation
from faceguard.engine.solver import Solver
from faceguard.engine.views import ViewSettings
from faceguard.faces.alignment import warp
from faceguard.methods.cloak import FeatureCloak
from recognizers import DLIB_150, Views
from tests.faceguard.engine.closed_form import LinearRecognizer
from tests.faceguard.engine.test_patches import face_at

CPU = torch.device("cpu")


def patches(grey: bool = False) -> list[Patch]:
    rng = np.random.default_rng(5)
    photo = np.kron(rng.integers(60, 190, (30, 30, 3)), np.ones((20, 20, 1))).astype(np.uint8)
    if grey:
        photo[:] = photo[:, :, :1]
    return cut(photo, [face_at(150, 150, 30), face_at(450, 420, 40)], side=120, grey=grey)


@torch.no_grad()
def clean_embeddings(made: list[Patch], surrogate: LinearRecognizer) -> torch.Tensor:
    stacked = batch(made, CPU)
    return surrogate.embed(warp(stacked.images[stacked.owner], stacked.matrices(DLIB_150), DLIB_150.size))


def run(made: list[Patch], steps: int, seed: int = 0, epsilon: float = 8) -> list[torch.Tensor]:
    surrogate = LinearRecognizer()
    clean = clean_embeddings(made, surrogate)
    cloak = FeatureCloak(Budget(epsilon), Solver(steps))
    return deltas(cloak(made, [surrogate], [Views(clean, [])], [[]], CPU, seed))


def deltas(perturbations: list[Perturbation]) -> list[torch.Tensor]:
    return [perturbation.delta for perturbation in perturbations]


def similarity(made: list[Patch], deltas: list[torch.Tensor]) -> float:
    surrogate = LinearRecognizer()
    alike = []
    for patch, delta in zip(made, deltas, strict=True):
        matrix = torch.from_numpy(patch.matrices(DLIB_150)).float()
        before, after = (
            surrogate.embed(warp(image[None], matrix, DLIB_150.size))
            for image in (patch.canvas, patch.canvas + delta)
        )
        alike.append(F.cosine_similarity(before, after).item())
    return sum(alike) / len(alike)


def test_embeddings_move_away_and_further_with_more_budget() -> None:
    made = patches()
    low, high = (similarity(made, run(made, 20, epsilon=e)) for e in (4, 16))
    assert high < low < 0.999


@pytest.mark.parametrize("epsilon", [4.0, 8.0])
def test_the_budget_is_kept(epsilon: float) -> None:
    made = patches()
    for patch, delta in zip(made, run(made, 5, epsilon=epsilon), strict=True):
        assert delta.shape == patch.canvas.shape
        assert delta.abs().max() <= epsilon / 255 + 1e-7
        assert ((patch.canvas + delta) >= -1e-7).all()
        assert ((patch.canvas + delta) <= 1 + 1e-7).all()


def test_grey_stays_grey() -> None:
    made = patches(grey=True)
    for delta in run(made, 3):
        assert torch.allclose(delta, delta[:1].expand(3, -1, -1))
        assert delta.abs().max() > 0


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    made = patches()
    first, again, other = run(made, 4), run(made, 4), run(made, 4, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_order_and_company_do_not_matter() -> None:
    made = patches()
    together, alone = run(made, 4), run(made[1:], 4)
    turned = run(made[::-1], 4)
    assert torch.allclose(together[1], turned[0], atol=1e-6)
    assert (together[1] - alone[0]).abs().mean() < 0.02 * together[1].abs().mean()


def test_steps_are_reported() -> None:
    made, seen = patches(), []
    means = [Views(torch.randn(2, 8, generator=torch.Generator().manual_seed(1)), [])]
    FeatureCloak(Budget(8), Solver(3))(made, [LinearRecognizer()], means, [[]], CPU, 0, seen.append)
    assert seen == [1, 2, 3]


def test_steps_shrink_to_the_last_ones_size() -> None:
    solver = Solver(steps=5, step_size=1.0, last_step_size=0.2)
    sizes = [solver._size(step) for step in range(5)]
    assert sizes == pytest.approx([1.0, 0.2 + 0.8 * 0.75**3, 0.2 + 0.8 / 8, 0.2 + 0.8 / 64, 0.2])
    assert [Solver(steps=3, step_size=0.1)._size(step) for step in range(3)] == [0.1, 0.1, 0.1]
    assert Solver(steps=1, step_size=1.0, last_step_size=0.2)._size(0) == 1.0


def test_a_large_first_step_gets_far_at_once() -> None:
    made = patches()
    clean = clean_embeddings(made, LinearRecognizer())
    far, near = (
        deltas(
            FeatureCloak(Budget(8), Solver(steps=2, step_size=size))(
                made, [LinearRecognizer()], [Views(clean, [])], [[]], CPU
            )
        )
        for size in (1.0, 0.15)
    )
    assert similarity(made, far) < similarity(made, near)


def test_the_pull_leads_on_from_what_was_found() -> None:
    made, surrogate = patches(), LinearRecognizer()
    clean = clean_embeddings(made, surrogate)
    still = ViewSettings(resized=0, blurred=0, recompressed=0)
    for patch, own, found in zip(
        made,
        clean,
        FeatureCloak(Budget(2), Solver(20, views=still))(made, [surrogate], [Views(clean, [])], [[]], CPU),
        strict=True,
    ):
        assert found.pull.shape == found.delta.shape
        matrix = torch.from_numpy(patch.matrices(DLIB_150)).float()
        step = found.pull / found.pull.abs().max() / 255

        def alike(
            delta: torch.Tensor, patch: Patch = patch, matrix: torch.Tensor = matrix, own: torch.Tensor = own
        ) -> float:
            crops = warp((patch.canvas + delta)[None], matrix, DLIB_150.size)
            return F.cosine_similarity(surrogate.embed(crops), own[None]).item()

        assert alike(found.delta + step) < alike(found.delta) < alike(found.delta - step)


def test_the_pull_is_what_the_last_steps_gradients_come_to_together() -> None:
    made, surrogate = patches(), LinearRecognizer()
    clean = clean_embeddings(made, surrogate)
    still = ViewSettings(resized=0, blurred=0, recompressed=0, jitter=0)

    def pulls(steps: int, momentum: float) -> list[torch.Tensor]:
        cloak = FeatureCloak(Budget(8), Solver(steps, step_size=0, momentum=momentum, views=still))
        return [found.pull for found in cloak(made, [surrogate], [Views(clean, [])], [[]], CPU)]

    for first, second, both in zip(pulls(1, 0), pulls(2, 0), pulls(2, 0.9), strict=True):
        assert torch.allclose(both, 0.9 * first + second, atol=1e-4)
        assert not torch.allclose(both, second, atol=0.1)


@pytest.mark.parametrize(
    "coarser",
    [{"views": ViewSettings(resized=0, blurred=0, recompressed=0, least_detail=0.5)}, {"coarse": 0.5}],
)
def test_less_detail_and_blurred_gradients_find_coarser_patterns(coarser: dict[str, Any]) -> None:
    made, fine_grained = patches(), LinearRecognizer(blocks=75)
    clean = clean_embeddings(made, fine_grained)
    still = Solver(steps=20, views=ViewSettings(resized=0, blurred=0, recompressed=0))
    fine, coarse = (
        _share_at_half_size(
            deltas(FeatureCloak(Budget(8), solver)(made, [fine_grained], [Views(clean, [])], [[]], CPU))
        )
        for solver in (still, replace(still, **coarser))
    )
    assert coarse > 1.1 * fine


def _share_at_half_size(deltas: list[torch.Tensor]) -> float:
    """The share of perturbations' energy that half their size keeps, on average."""
    kept = [F.avg_pool2d(delta, 2).square().mean() / delta.square().mean() for delta in deltas]
    return torch.stack(kept).mean().item()
