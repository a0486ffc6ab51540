"""Whose mean a face is pushed away from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from faceguard.faces.face import Face
from faceguard.people.person_means import People
from tests.faceguard.engine.closed_form import LinearRecognizer


def test_a_face_gets_the_mean_of_its_own_person_only() -> None:
    people = People([LinearRecognizer()])
    ann = torch.tensor([[1.0, 0.1], [1.0, -0.1]])
    bob = torch.tensor([[-0.1, 1.0]])
    people.add([torch.cat([ann, bob])])
    (means,) = people.means([ann[:1]])
    assert torch.allclose(means, F.normalize(F.normalize(ann).sum(0, keepdim=True)), atol=1e-6)


def test_order_does_not_matter() -> None:
    faces = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    first, second = People([LinearRecognizer()]), People([LinearRecognizer()])
    first.add([faces])
    for face in faces.flip(0):
        second.add([face[None]])
    assert torch.allclose(first.means([faces])[0], second.means([faces])[0], atol=1e-6)


@pytest.mark.parametrize("known", [False, True])
def test_a_stranger_is_their_own_person(known: bool) -> None:
    people = People([LinearRecognizer()])
    if known:
        people.add([torch.tensor([[0.0, 1.0]])])
    face = torch.tensor([[2.0, 0.0]])
    assert torch.allclose(people.means([face])[0], torch.tensor([[1.0, 0.0]]))


def test_faces_are_known_again_by_what_they_are_not_by_where() -> None:
    people = People([LinearRecognizer(), LinearRecognizer()])
    ann, bob, eve, twin = (Face((0, 0, 9, 9), np.zeros((5, 2), np.float32), 1.0) for _ in range(4))
    first, second, third = torch.eye(4)[:3]
    people.add([torch.stack([first, second]), torch.stack([second, first])], [ann, bob])
    people.add([third[None], third[None]], [eve])
    found = people.of([eve, bob])
    assert found is not None
    assert torch.equal(found[0], torch.stack([third, second]))
    assert torch.equal(found[1], torch.stack([third, first]))
    assert people.of([ann, twin]) is None
    assert people.of([]) is None
