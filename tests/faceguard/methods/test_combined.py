"""Combined protection on synthetic people: one budget, the blocks are there, and the embedding is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import fading
from faceguard.engine.noise import Noise
from faceguard.engine.patches import batch
from faceguard.engine.shared_noise import laid_on
from faceguard.engine.solver import Solver
from faceguard.methods.combined import Combined
from faceguard.methods.separable import Separable
from tests.faceguard.engine.closed_form import LinearRecognizer
from tests.faceguard.methods.linear_surrogate import canvases, people, use_linear_surrogate

CPU = torch.device("cpu")
BLOCKS = (0.25, 0.0, -0.75)
COMBINED = Combined(Budget(8), ("linear",), blocks=BLOCKS, solver=Solver(steps=12))


@pytest.fixture(autouse=True)
def _linear(monkeypatch: pytest.MonkeyPatch) -> None:
    use_linear_surrogate(monkeypatch)


def alike(faces: LabelledPatches, noise: Noise) -> float:
    surrogate, stacked = LinearRecognizer(), batch(faces.patches, CPU)
    before, after = (
        surrogate.embed(plain_crops(stacked, delta, surrogate.crop))
        for delta in (torch.zeros_like(stacked.images), torch.stack(noise.values))
    )
    return float(F.cosine_similarity(before, after).mean())


def blocks(faces: LabelledPatches, colour: tuple[float, float, float] = BLOCKS) -> Noise:
    separable = Separable(Budget(8), colour=colour)
    size = (faces.patches[0].canvas.shape[1],) * 2
    values = [separable.mask(faces.people[label], size) * fading() for label in faces.labels]
    return Noise(values, range(len(values)))


def test_both_together_keep_to_one_budget() -> None:
    faces = people("ab", 2)
    deltas = torch.stack(COMBINED(faces, CPU).values)
    assert (deltas.abs() <= 8 / 255 + 1e-6).all()
    assert deltas.abs().max() > 7 / 255
    moved = canvases(faces) + deltas
    assert moved.min() >= 0
    assert moved.max() <= 1


def test_the_cloak_stays_within_what_the_blocks_leave() -> None:
    faces = people("ab", 2)
    deltas, own = torch.stack(COMBINED(faces, CPU).values), torch.stack(blocks(faces).values)
    rest = torch.tensor([0.75, 1.0, 0.25]).view(3, 1, 1) * 8 / 255
    assert ((deltas - own).abs() <= fading() * rest + 1e-6).all()
    # So what all photos of a person share is more of the person's blocks than of another's.
    shared = deltas.view(2, 2, *deltas.shape[1:]).mean(1)
    agreement = torch.einsum("pchw,qchw->pq", shared, own[::2])
    assert (agreement.diag() > agreement.flip(0).diag()).all()


def test_the_cloak_moves_the_embedding_and_the_blocks_alone_do_not() -> None:
    faces = people("ab", 2)
    assert alike(faces, COMBINED(faces, CPU)) < alike(faces, blocks(faces, (1, 1, -1))) - 0.05


def test_the_seed_decides_everything() -> None:
    one, same, other = (torch.stack(COMBINED(people("a", 2), CPU, seed).values) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[int, float]] = []
    quick = replace(COMBINED, solver=Solver(steps=1))
    quick(people("a", 20), CPU, on_round=lambda number, left: told.append((number, left)))
    assert told == [(1, pytest.approx(0.4)), (2, 0.0)]  # twelve faces are a group


def test_blocks_lie_upright_on_the_template() -> None:
    patch = people("a", 1).patches[0]
    mask = Separable(Budget(8)).mask("a", (patch.canvas.shape[1],) * 2)
    assert torch.allclose(laid_on(patch, mask), mask, atol=1e-4)


def test_grey_photos_stay_grey_and_wear_both() -> None:
    faces = people("ab", 2)
    grey = [
        replace(patch, pixels=patch.canvas.mean(0, keepdim=True).expand(3, -1, -1), grey=True)
        for patch in faces.patches
    ]
    deltas = torch.stack(replace(COMBINED, blocks=(0, 0, 1))(replace(faces, patches=tuple(grey)), CPU).values)
    own = torch.stack(blocks(faces, (0, 0, 1)).values).mean(1, keepdim=True)
    assert torch.equal(deltas, deltas[:, :1].expand_as(deltas))
    assert ((deltas - own).abs() <= fading() * 2 / 3 * 8 / 255 + 1e-6).all()
    assert (deltas - own).abs().max() > 5 / 255


@pytest.mark.parametrize("colour", [(0, 0, 0), (1, -1, 1), (0, 0, 1.5)])
def test_blocks_that_leave_nothing_are_refused(colour: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="leave one of the two nothing"):
        Combined(Budget(8), blocks=colour)
