"""Whose mean a face is pushed away from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.faces.face import Face
from faceguard.people.person_means import People
from recognizers import Views
from tests.faceguard.engine.closed_form import LinearRecognizer

CPU = torch.device("cpu")


def seen(embeddings: torch.Tensor, *features: torch.Tensor) -> list[Views]:
    return [Views(embeddings, features)]


def test_a_face_gets_the_mean_of_its_own_person_only() -> None:
    people = People([LinearRecognizer()])
    ann = torch.tensor([[1.0, 0.1], [1.0, -0.1]])
    bob = torch.tensor([[-0.1, 1.0]])
    people.add(seen(torch.cat([ann, bob])))
    (means,) = people.means([ann[:1]])
    assert torch.allclose(means.embedding, F.normalize(F.normalize(ann).sum(0, keepdim=True)), atol=1e-6)


def test_order_does_not_matter() -> None:
    faces = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    first, second = People([LinearRecognizer()]), People([LinearRecognizer()])
    first.add(seen(faces))
    for face in faces.flip(0):
        second.add(seen(face[None]))
    (one,), (other,) = first.means([faces]), second.means([faces])
    assert torch.allclose(one.embedding, other.embedding, atol=1e-6)


@pytest.mark.parametrize("known", [False, True])
def test_a_stranger_is_their_own_person(known: bool) -> None:
    people = People([LinearRecognizer()])
    if known:
        people.add(seen(torch.tensor([[0.0, 1.0]])))
    face = torch.tensor([[2.0, 0.0]])
    (means,) = people.means([face])
    assert torch.allclose(means.embedding, torch.tensor([[1.0, 0.0]]))


def test_faces_are_known_again_by_what_they_are_not_by_where() -> None:
    people = People([LinearRecognizer(), LinearRecognizer()])
    ann, bob, eve, twin = (Face((0, 0, 9, 9), np.zeros((5, 2), np.float32), 1.0) for _ in range(4))
    first, second, third = torch.eye(4)[:3]
    people.add(seen(torch.stack([first, second])) + seen(torch.stack([second, first])), [ann, bob])
    people.add(seen(third[None]) * 2, [eve])
    found = people.of([eve, bob])
    assert found is not None
    assert torch.equal(found[0], torch.stack([third, second]))
    assert torch.equal(found[1], torch.stack([third, first]))
    assert people.of([ann, twin]) is None
    assert people.of([]) is None


def test_activations_are_averaged_over_the_person() -> None:
    people = People([LinearRecognizer()])
    faces = torch.tensor([[1.0, 0.1], [0.0, 1.0], [1.0, -0.1]])
    first, second = torch.arange(12.0).view(3, 1, 2, 2), torch.arange(3.0).view(3, 1, 1, 1)
    people.add(seen(faces, first, second))
    (means,) = people.means([faces[:2]])
    assert torch.equal(means.features[0], torch.stack([first[[0, 2]].mean(0), first[1]]))
    assert torch.equal(means.features[1], torch.stack([second[[0, 2]].mean(0), second[1]]))


def test_of_a_person_with_many_photos_only_the_first_activations_are_kept() -> None:
    people = People([LinearRecognizer()])
    ann, bob = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    for number in range(100):
        people.add(seen(ann, torch.full((1, 1, 1, 1), float(number))))
    people.add(seen(bob, torch.full((1, 1, 1, 1), 7.0)))
    (means,) = people.means([torch.cat([ann, bob])])
    assert means.features[0].flatten().tolist() == [sum(range(16)) / 16, 7.0]


def test_activations_do_not_grow_with_the_album(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceguard.people.person_means._ALL_FACES", 3)
    people = People([LinearRecognizer()])
    for number, face in enumerate(torch.eye(5), start=1):
        people.add(seen(face[None], torch.full((1, 1, 1, 1), float(number))))
    (means,) = people.means([torch.eye(5)])
    assert means.features[0].flatten().tolist() == [1, 2, 3, 0, 0]
    assert torch.equal(means.embedding, torch.eye(5))


def test_nothing_is_known_of_the_activations_of_a_face_that_resembles_nobody() -> None:
    people = People([LinearRecognizer()])
    people.add(seen(torch.tensor([[0.0, 1.0]]), torch.ones(1, 2, 1, 1)))
    (means,) = people.means([torch.tensor([[2.0, 0.0]])])
    assert means.features[0].tolist() == [[[[0.0]], [[0.0]]]]


def test_a_recogniser_without_activations_has_none() -> None:
    people = People([LinearRecognizer()])
    people.add(seen(torch.eye(2)))
    assert people.means([torch.eye(2)])[0].features == []


class Showing(LinearRecognizer):
    """To which every stranger's activation is 10."""

    def view(self, crops: Tensor) -> Views:
        return Views(self.embed(crops), [torch.full((len(crops), 1, 1, 1), 10.0)])


def test_the_largest_activations_have_means_too() -> None:
    people = People([Showing()])
    people.add(seen(torch.eye(2), torch.tensor([1e6, -1e6]).view(2, 1, 1, 1)))
    (means,), (typical,) = people.means([torch.eye(2)]), people.typical([torch.eye(2)], CPU)
    assert all(feature.isfinite().all() for feature in (*means.features, *typical))


def test_faces_in_general_are_strangers_where_the_album_shows_nobody_else() -> None:
    people = People([Showing()])
    ann = torch.tensor([[1.0, 0.0]])
    people.add(seen(ann, torch.ones(1, 1, 1, 1)))
    ((typical,),) = people.typical([ann], CPU)
    assert typical.tolist() == [[[[10.0]]]]


def test_the_albums_other_people_join_the_strangers() -> None:
    people = People([Showing()])
    ann, bob, eve = (torch.tensor([[1.0, 0.0, 0.0]]).roll(place, 1) for place in range(3))
    people.add(seen(torch.cat([ann, bob, ann]), torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1, 1)))
    ((typical,),) = people.typical([torch.cat([ann, bob, eve])], CPU)
    # The strangers count as much as eight faces of the album.
    assert typical.flatten().tolist() == pytest.approx([82 / 9, 84 / 10, 86 / 11])


def test_without_any_album_faces_in_general_are_strangers() -> None:
    ((typical,),) = People([Showing()]).typical([torch.eye(2)], CPU)
    assert typical.flatten().tolist() == [10.0, 10.0]


def test_a_recogniser_without_activations_has_no_typical_ones() -> None:
    people = People([LinearRecognizer()])
    people.add(seen(torch.eye(2)))
    assert people.typical([torch.eye(2)], CPU) == [[]]
