"""Stripes of separable noise: where they lie, and that they hold where photos are turned grey."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.methods.separable import Separable
from faceguard.poisoned_crops import poisoned_crops
from tests.faceguard.methods.tiny_surrogate import accuracy, photos
from tests.recognizers.tiny_training import CROP

BUDGET = Budget(20.0)
BLUE = Separable(BUDGET, blocks=2, colour=(0.0, 0.0, 1.0))
STRIPED = Separable(BUDGET, blocks=2, colour=(0.0, 0.0, 1.0), stripes=(1.0, 1.0, 0.0), period=4)


def grey(crops: Tensor) -> Tensor:
    """ITU-R BT.601 luminance, as photo libraries turn photos grey."""
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    return (crops * weights).sum(1, keepdim=True).round().to(torch.uint8).expand(-1, 3, -1, -1)


def test_blocks_and_stripes_lie_in_their_colours_and_use_the_whole_budget() -> None:
    mask = STRIPED.mask("anna", (16, 16)) * 255
    assert torch.equal(mask[2], BLUE.mask("anna", (16, 16))[2] * 255)
    assert torch.equal(mask[0], mask[1])
    assert set(mask.round().unique().tolist()) == {-20.0, 20.0}
    assert torch.equal(mask, mask.flip(-1))


def test_every_block_is_striped_upright_or_across_by_the_person() -> None:
    along = 0
    for person in map(str, range(20)):
        stripes = STRIPED.mask(person, (16, 16))[0]
        for block in (stripes[:8, :8], stripes[8:, :8]):
            upright, across = bool((block == block[:1]).all()), bool((block == block[:, :1]).all())
            assert upright != across
            line = (block[0] if upright else block[:, 0]).sign().tolist()
            assert line in ([1, 1, -1, -1, 1, 1, -1, -1], [-1, -1, 1, 1, -1, -1, 1, 1], [1, -1, -1, 1] * 2)
            along += upright
    assert 10 < along < 30


def test_blue_blocks_are_lost_in_grey_and_striped_ones_are_not() -> None:
    (crops, labels), (tests, tested) = photos(0), photos(1)
    kept = {
        poison: accuracy(grey(poisoned_crops(poison, crops, labels, crop=CROP)), labels, grey(tests), tested)
        for poison in (BLUE, STRIPED)
    }
    assert kept[BLUE] > 0.85
    assert kept[STRIPED] < 0.6


def test_more_than_the_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="exceed the budget"):
        Separable(BUDGET, stripes=(0.0, 0.5, 0.0))
    with pytest.raises(ValueError, match="2 pixels apart, not 1"):
        Separable(BUDGET, period=1)
