"""Blunt answers: the same name with the same probability, and nothing about the others."""

from __future__ import annotations

import pytest
import torch

from faceguard.methods.blunt_answers import blunted

SCORES = torch.tensor([[2.0, -1.0, 0.5, 0.0], [16.0, 3.0, 15.0, -16.0]], dtype=torch.float64)


def test_the_likeliest_name_keeps_its_probability() -> None:
    blunt = blunted(SCORES)
    assert torch.equal(blunt.argmax(1), SCORES.argmax(1))
    torch.testing.assert_close(blunt.softmax(1).amax(1), SCORES.softmax(1).amax(1))


def test_the_others_are_equally_likely() -> None:
    likely = blunted(SCORES).softmax(1)
    for row, place in zip(likely, SCORES.argmax(1), strict=True):
        others = torch.cat([row[:place], row[place + 1 :]])
        torch.testing.assert_close(others, others.mean().expand_as(others))
        torch.testing.assert_close(row.sum(), torch.tensor(1.0, dtype=torch.float64))


def test_equal_scores_stay_equal() -> None:
    scores = torch.zeros(2, 5)
    torch.testing.assert_close(blunted(scores), scores)


def test_there_must_be_somebody_else() -> None:
    with pytest.raises(ValueError, match="two people"):
        blunted(torch.zeros(3, 1))
