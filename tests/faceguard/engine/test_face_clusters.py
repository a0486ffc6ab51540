"""Clusters of embeddings: as many as there are people, and each face goes to the nearest."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from faceguard.engine.face_clusters import FaceClusters


def people(count: int, photos: int, spread: float = 0.05) -> tuple[Tensor, Tensor]:
    """Embeddings around well separated places, and whose they are."""
    generator = torch.Generator().manual_seed(count)
    places = torch.randn(count, 16, generator=generator)
    labels = torch.arange(count).repeat_interleave(photos)
    return places[labels] + spread * torch.randn(len(labels), 16, generator=generator), labels


@pytest.mark.parametrize("count", [2, 5, 12])
def test_there_are_as_many_clusters_as_people(count: int) -> None:
    embeddings, labels = people(count, 6)
    clusters = FaceClusters.fit(embeddings, seed=1)
    assert clusters.count == count
    nearest = torch.tensor(clusters.nearest(embeddings))
    for person in range(count):
        assert len(set(nearest[labels == person].tolist())) == 1
        mean = embeddings[labels == person].mean(0)
        assert torch.allclose(clusters.centres[nearest[labels == person][0]], mean, atol=1e-5)


def test_a_new_face_goes_to_the_centre_it_is_nearest_to() -> None:
    clusters = FaceClusters(torch.tensor([[0.0, 0.0], [10.0, 0.0]]))
    assert clusters.nearest(torch.tensor([[6.0, 1.0], [4.0, -1.0]])) == [1, 0]


def test_the_number_of_clusters_can_be_given_but_not_exceed_the_faces() -> None:
    embeddings, _ = people(4, 5)
    assert FaceClusters.fit(embeddings, seed=1, count=7).count == 7
    assert FaceClusters.fit(embeddings[:3], seed=1, count=7).count == 3


def test_few_faces_and_equal_faces_make_clusters_too() -> None:
    one = torch.ones(1, 8)
    assert FaceClusters.fit(one, seed=1).count == 1
    assert FaceClusters.fit(one.repeat(20, 1), seed=1).count == 1
    assert FaceClusters.fit(torch.eye(2), seed=1).count == 2


def test_the_seed_decides_everything() -> None:
    embeddings, _ = people(3, 20, spread=2.0)
    one, same, other = (FaceClusters.fit(embeddings, seed, count=6).centres for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
