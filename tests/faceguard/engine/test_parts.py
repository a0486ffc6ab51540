"""Groups in parts: the same crops and gradients as those of one batch, with little padding in each."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from faceguard.engine.extraction import Extraction, Handling, plain, plain_crops
from faceguard.engine.parts import Parts, plain_crops_of
from faceguard.engine.patches import Patch, batch, cut
from faceguard.engine.views import View
from recognizers import ARCFACE_112
from tests.faceguard.engine.test_patches import face_at, noise

CPU = torch.device("cpu")
VIEWS = (View(), View(scale=0.57), View(quality=70, mirrored=True))


def crowd() -> list[Patch]:
    """Small faces, and two on one large canvas in the middle."""
    photo = noise(1000, 900)
    small = [cut(photo, [face_at(100 + 40 * n, 200, 25 + n)], side=160)[0] for n in range(3)]
    (large,) = cut(photo, [face_at(250, 300, 60), face_at(500, 550, 120)], side=160)
    return [*small[:2], large, small[2]]


def deltas(patches: list[Patch]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [(torch.rand(3, *patch.size, generator=generator) - 0.5) * 0.1 for patch in patches]


def handling(view: View) -> Handling:
    return Handling(view, Extraction().handling(5, "errors").errors)


def loss(crops: Tensor) -> Tensor:
    return (crops.mean((1, 2, 3)).square().sum() - crops.square().sum()) / 100


def test_a_large_canvas_parts_a_group_and_equal_ones_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    group = crowd()
    most = 2 * group[2].size[0] * group[2].size[1]
    monkeypatch.setattr("faceguard.engine.parts._MOST_PADDING", most)
    patches = [*group[:2], *[group[0]] * 30, group[2]]
    parts = list(Parts(patches, CPU))
    assert len(parts) > 10
    assert [patch for part in parts for patch in patches[part.rows]] == patches
    assert max(part.batch.images[:, 0].numel() for part in parts) <= 2 * most
    assert len(Parts([group[0]] * 500, CPU)) == 1


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("one_thread")
def test_crops_and_gradients_are_those_of_one_batch(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    patches, how = crowd(), handling(view)
    worn = deltas(patches)
    monkeypatch.setattr("faceguard.engine.parts._MOST_PADDING", 10**9)
    whole = Parts(patches, CPU)
    ((one, _, expected),) = whole.gradients(worn, how, ARCFACE_112, loss, _costs)
    seen = whole.crops(worn, how, ARCFACE_112)
    monkeypatch.setattr("faceguard.engine.parts._MOST_PADDING", 0)
    parts = Parts(patches, CPU)
    assert len(parts) == 4
    assert torch.equal(parts.crops(worn, how, ARCFACE_112), seen)
    found = [
        its
        for part, _, gradient in parts.gradients(worn, how, ARCFACE_112, loss, _costs)
        for its in part.unpadded(gradient)
    ]
    assert any(gradient.abs().max() > 1e-4 for gradient in found)
    for its, other in zip(found, one.unpadded(expected), strict=True):
        assert torch.equal(its, other)


def test_all_faces_as_they_are_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    patches = crowd()
    stacked = batch(patches, CPU)
    expected = plain_crops(stacked, torch.zeros_like(stacked.images), ARCFACE_112)
    monkeypatch.setattr("faceguard.engine.parts._MOST_PADDING", 0)
    torch.testing.assert_close(
        torch.cat(list(plain_crops_of(patches, ARCFACE_112))), expected, rtol=0, atol=1e-6
    )
    none = [torch.zeros(3, *patch.size) for patch in patches]
    found = Parts(patches, CPU).crops(none, plain(5), ARCFACE_112)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def _costs(images: Tensor, delta: Tensor) -> Tensor:
    return (delta.square() + 0.1 * images * delta).sum() / 50
