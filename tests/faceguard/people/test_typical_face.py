"""What faces in general look like to a recogniser."""

from __future__ import annotations

import torch
from torch import Tensor

from faceguard.people.strangers import strangers
from faceguard.people.typical_face import typical_features
from recognizers import DLIB_150, Views, load
from tests.faceguard.engine.closed_form import LinearRecognizer

CPU = torch.device("cpu")


class Showing(LinearRecognizer):
    """Shows the crops themselves, shrunk, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def view(self, crops: Tensor) -> Views:
        self.asked += 1
        return Views(self.embed(crops), [torch.nn.functional.avg_pool2d(crops, 50)])


def test_it_is_the_mean_of_few_sharp_faces_and_of_many_small_ones() -> None:
    few, many = (torch.nn.functional.avg_pool2d(crops, 50).mean(0) for crops in strangers(DLIB_150))
    (feature,) = typical_features(Showing(), CPU)
    assert torch.allclose(feature, (few + many)[None] / 2, atol=1e-5)


def test_each_recogniser_is_asked_once() -> None:
    first, second = Showing(), Showing()
    for recognizer in (first, first, second):
        typical_features(recognizer, CPU)
    assert first.asked == second.asked > 0


def test_a_recogniser_without_activations_has_none() -> None:
    assert typical_features(LinearRecognizer(), CPU) == []


def test_a_face_is_more_like_its_person_than_like_others_once_the_typical_is_gone() -> None:
    dlib = load("dlib")
    astronaut, small = strangers(dlib.crop)
    with torch.no_grad():
        features = dlib.view(torch.cat([astronaut[:1], small[:2]])).features[-1]
    usual = typical_features(dlib, CPU)[-1]

    def alike(features: Tensor) -> float:
        return torch.nn.functional.cosine_similarity(*features[1:].flatten(1).split(1)).item()

    assert alike(features) > 0.5 > alike(features - usual)
