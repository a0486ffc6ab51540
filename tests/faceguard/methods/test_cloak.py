"""The cloak's objective, on activations small enough to work out by hand."""

from __future__ import annotations

from typing import cast

import pytest
import torch

from faceguard.engine.objective import Scene
from faceguard.methods.cloak import AwayFromPerson
from recognizers import Views


def views(embedding: list[float], feature: list[float]) -> Views:
    return Views(torch.tensor([embedding]), [torch.tensor(feature).view(1, 2, 1, 1)])


def loss(
    now: Views, person: Views, *, clean: Views, own: float, per: float, features: float, faces: float = 0
) -> float:
    typical = [torch.tensor([1.0, 1.0]).view(1, 2, 1, 1)]
    objective = AwayFromPerson([person], [typical], own, per, features, faces)
    scene = cast(Scene, type("", (), {"clean": [clean]})())
    return objective.loss(scene, [now]).item()


CLEAN = views([1.0, 0.0], [3.0, 1.0])
PERSON = views([0.0, 1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"own": 1.0, "per": 0.0, "features": 0.0}, 0.6),
        ({"own": 0.0, "per": 2.0, "features": 0.0}, 1.6),
        # Less the typical (1, 1) the face has (1, 0) and the person (0, 1); with it they would be alike.
        ({"own": 0.0, "per": 0.0, "features": 1.0}, 0.0),
        # (2, 1) and what all faces have, (1, 1).
        ({"own": 0.0, "per": 0.0, "features": 1.0, "faces": 2.0}, 2 * 3 / 10**0.5),
    ],
)
def test_each_part_is_a_weighted_cosine(weights: dict[str, float], expected: float) -> None:
    now = views([0.6, 0.8], [2.0, 1.0])
    assert loss(now, PERSON, clean=CLEAN, **weights) == pytest.approx(expected, abs=1e-6)


def test_the_persons_activations_count_not_the_photos_own() -> None:
    like_person, like_own = views([1.0, 0.0], [1.0, 9.0]), views([1.0, 0.0], [9.0, 1.0])
    first, second = (
        loss(now, PERSON, clean=CLEAN, own=0, per=0, features=1) for now in (like_person, like_own)
    )
    assert first == pytest.approx(1)
    assert second == pytest.approx(0, abs=1e-6)


def test_the_photos_own_count_where_nothing_is_known_of_the_person() -> None:
    unknown = views([0.0, 1.0], [0.0, 0.0])
    now = views([1.0, 0.0], [9.0, 1.0])
    assert loss(now, unknown, clean=CLEAN, own=0, per=0, features=1) == pytest.approx(1)
