"""Poisons come out alike whether groups of patches are worked on whole or in parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.patches import cut
from faceguard.methods.gradient_alignment import GradientAlignment
from tests.faceguard.engine.test_patches import face_at, noise
from tests.faceguard.methods.test_poisons import EM, TARGETED
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate

ERRORS = replace(EM, most_rounds=2, fewest_rounds=2, noise_steps=2, twins=0.5)
STARTED = replace(ERRORS, start=replace(ERRORS, per_person=True))
SURROGATE = TinySurrogate(training=replace(LEARNING, epochs=2))
ALIGNMENT = GradientAlignment(Budget(20), SURROGATE, passes=2, restarts=2, extraction=EXTRACTION)
TOWARDS = replace(TARGETED, solver=replace(TARGETED.solver, steps=3))


def crowd() -> LabelledPatches:
    """Two people: small faces, and two on one large canvas among them."""
    photo = noise(1000, 900)
    small = [cut(photo, [face_at(100 + 40 * n, 200, 25 + n)], side=80)[0] for n in range(5)]
    (large,) = cut(photo, [face_at(250, 300, 60), face_at(500, 550, 120)], side=80)
    return LabelledPatches((*small[:2], large, *small[2:]), (0, 1, 0, 1, 0, 1), ("a", "b"))


@pytest.mark.parametrize(
    "poison",
    [ERRORS, STARTED, ALIGNMENT, TOWARDS],
    ids=["error-minimizing", "started class-wise", "gradient-alignment", "targeted"],
)
def test_parts_change_nothing(poison: Callable[..., Noise], monkeypatch: pytest.MonkeyPatch) -> None:
    def crafted(most_padding: int) -> Tensor:
        monkeypatch.setattr("faceguard.engine.parts._MOST_PADDING", most_padding)
        return torch.cat([delta.flatten() for delta in poison(crowd(), torch.device("cpu"), 1).values])

    whole, parts = crafted(10**9), crafted(0)
    assert whole.abs().max() > 1 / 255
    # Sums that several threads share are rounded differently, and a step's sign may hang on that.
    apart = (whole - parts).abs() > 0.1 / 255
    assert apart.float().mean() < 1e-3
