"""Shared patterns: the sign of a gradient that is known by hand, symmetric, in one colour, in the budget."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches, patches_of_crops
from faceguard.engine.masks import MASK_CROP
from faceguard.engine.noise import Noise
from faceguard.methods.shared_pattern import SharedPattern, with_patterns
from recognizers.crops import ARCFACE_112

CPU = torch.device("cpu")
BUDGET = Budget(8.0)
PATTERN = SharedPattern(share=0.75, blocks=8)


def faces() -> LabelledPatches:
    drawn = torch.randint(60, 190, (4, 3, 112, 112), generator=torch.Generator().manual_seed(0))
    return patches_of_crops(drawn.to(torch.uint8), [0, 0, 1, 1], ARCFACE_112)


def towards_bright_halves(crops: Tensor, label: int) -> Tensor:
    """Person 0 should be bright above and dark below, person 1 the other way round."""
    above, below = crops[:, :, :56].sum(), crops[:, :, 56:].sum()
    return below - above if label == 0 else above - below


def test_each_block_goes_where_the_loss_falls() -> None:
    signs = PATTERN.signs(faces(), towards_bright_halves, ARCFACE_112, CPU)
    assert signs.shape == (2, 1, 8, 8)
    expected = torch.ones(8, 8)
    expected[4:] = -1
    assert torch.equal(signs[0, 0], expected)
    assert torch.equal(signs[1, 0], -expected)


def test_blocks_are_symmetric_whatever_the_loss() -> None:
    weights = torch.randn(1, 3, 112, 112, generator=torch.Generator().manual_seed(1))
    signs = PATTERN.signs(faces(), lambda crops, _: (crops * weights).sum(), ARCFACE_112, CPU)
    assert torch.equal(signs, signs.flip(-1))
    assert set(signs.unique().tolist()) == {-1.0, 1.0}


def test_a_dressed_face_wears_its_blocks_in_one_colour_at_full_strength() -> None:
    every = faces()
    signs = PATTERN.signs(every, towards_bright_halves, ARCFACE_112, CPU)
    dressed = PATTERN.all_dressed(every, signs, BUDGET)
    worn = (dressed.patches[0].canvas - every.patches[0].canvas) * 255
    torch.testing.assert_close(worn[0], worn[1])
    torch.testing.assert_close(worn[0], -worn[2])
    torch.testing.assert_close(worn[0, :50], torch.full((50, 112), 6.0), atol=1e-3, rtol=0)
    torch.testing.assert_close(worn[0, -50:], torch.full((50, 112), -6.0), atol=1e-3, rtol=0)


def test_grey_photos_stay_grey() -> None:
    patch = replace(faces().patches[0], grey=True)
    dressed = PATTERN.dressed(patch, torch.ones(1, 8, 8), BUDGET)
    worn = dressed.canvas - patch.canvas
    assert worn.abs().max() > 0
    torch.testing.assert_close(worn[0], worn[2])


def test_the_pattern_and_the_rest_make_the_budget() -> None:
    every = faces()
    dressed = PATTERN.all_dressed(every, torch.ones(2, 1, 8, 8), BUDGET)
    own = [torch.full((3, 112, 112), PATTERN.rest(BUDGET).epsilon / 255) for _ in every.patches]
    noise = with_patterns(Noise(own, range(4)), dressed, every)
    torch.testing.assert_close(noise.values[0].max() * 255, torch.tensor(8.0))


def test_without_a_share_nothing_is_worn_and_no_gradient_is_taken() -> None:
    def never(crops: Tensor, label: int) -> Tensor:
        raise AssertionError

    alone = SharedPattern(share=0)
    signs = alone.signs(faces(), never, ARCFACE_112, CPU)
    assert not signs.any()
    every = faces()
    for before, after in zip(every.patches, alone.all_dressed(every, signs, BUDGET).patches, strict=True):
        assert torch.equal(before.canvas, after.canvas)
    assert alone.rest(BUDGET) == BUDGET


def test_masks_cover_more_than_a_crop() -> None:
    """Else blocks beyond it would have no sign: every block must be seen in part."""
    assert MASK_CROP.size / PATTERN.blocks > (MASK_CROP.size - ARCFACE_112.size) / 2


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_leaves_nothing_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to below 1"):
        SharedPattern(share=share)
