"""Subspaces: the nearest points are those of geometry and of SciPy, the gradient is the distance's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional as F

from faceguard.methods.person_subspace import PersonSubspace, Subspace


def unit(*size: int, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(*size, generator=torch.Generator().manual_seed(seed)))


def test_the_centre_is_the_mean_of_unit_embeddings() -> None:
    known = torch.tensor([[3.0, 0.0], [0.0, 0.5]])
    subspace = PersonSubspace(known, Subspace.CENTRE)
    assert torch.allclose(subspace.nearest(torch.tensor([[1.0, 0.0]])), torch.tensor([[0.5, 0.5]]))
    assert float(subspace.squared_distances(torch.tensor([[7.0, 0.0]]))) == pytest.approx(0.5)


def test_the_affine_hull_of_two_is_the_line_through_them() -> None:
    subspace = PersonSubspace(torch.eye(3)[:2], Subspace.AFFINE_HULL)
    nearest = subspace.nearest(torch.tensor([[2.0, 0.0, 5.0]]))
    assert torch.allclose(nearest, torch.tensor([[1.5, -0.5, 0.0]]), atol=1e-6)


def test_the_convex_hull_ends_where_the_line_goes_on() -> None:
    subspace = PersonSubspace(torch.eye(3)[:2], Subspace.CONVEX_HULL)
    nearest = subspace.nearest(torch.tensor([[2.0, 0.0, 5.0], [0.5, 0.4, 1.0]]))
    assert torch.allclose(nearest, torch.tensor([[1.0, 0.0, 0.0], [0.55, 0.45, 0.0]]), atol=1e-4)


def test_the_convex_hull_agrees_with_scipy() -> None:
    known, points = unit(6, 10), unit(4, 10, seed=1)
    nearest = PersonSubspace(known, Subspace.CONVEX_HULL).nearest(points).numpy()
    for point, ours in zip(points.double().numpy(), nearest, strict=True):
        corners = known.double().numpy()
        found = minimize(
            lambda shares, corners=corners, point=point: float(np.sum((shares @ corners - point) ** 2)),
            np.full(6, 1 / 6),
            bounds=[(0, 1)] * 6,
            constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
            options={"ftol": 1e-12},
        )
        assert np.sum((ours - point) ** 2) <= found.fun + 1e-5


@pytest.mark.parametrize("kind", list(Subspace))
def test_hulls_hold_the_centre_and_each_other(kind: Subspace) -> None:
    known, points = unit(5, 12), unit(3, 12, seed=1)
    distances = PersonSubspace(known, kind).squared_distances(points)
    assert (PersonSubspace(known, Subspace.AFFINE_HULL).squared_distances(points) <= distances + 1e-5).all()
    assert (distances <= PersonSubspace(known, Subspace.CENTRE).squared_distances(points) + 1e-5).all()


@pytest.mark.parametrize("kind", list(Subspace))
def test_the_gradient_is_that_of_the_distance(kind: Subspace) -> None:
    subspace, points = PersonSubspace(unit(4, 6), kind), unit(2, 6, seed=1)
    way = unit(2, 6, seed=2)
    points.requires_grad_()
    (gradient,) = torch.autograd.grad(subspace.squared_distances(points).sum(), points)
    points = points.detach()
    step = 1e-2
    ahead, behind = (subspace.squared_distances(points + sign * step * way).sum() for sign in (1, -1))
    assert float((gradient * way).sum()) == pytest.approx(float(ahead - behind) / (2 * step), abs=2e-3)


@pytest.mark.parametrize("kind", list(Subspace))
def test_one_photo_is_its_own_subspace(kind: Subspace) -> None:
    known = unit(1, 4)
    assert float(PersonSubspace(known, kind).squared_distances(known)) == pytest.approx(0, abs=1e-6)
