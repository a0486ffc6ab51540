"""FaceNet against facenet-pytorch itself, and its weights files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from facenet_pytorch import InceptionResnetV1, fixed_image_standardization
from numpy.typing import NDArray
from torch import Tensor

from faceguard.faces.face import Face
from recognizers import FACENET_160, Measure, Recognizer, RecognizerError, load
from recognizers.catalogue import MODELS
from recognizers.facenet import FaceNet
from tests.recognizers.conftest import real_crops
from tests.recognizers.made_networks import random_facenet


def crops(count: int = 2) -> Tensor:
    return torch.rand(count, 3, 160, 160, generator=torch.Generator().manual_seed(2))


def install(folder: Path, name: str, weights: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts a file into a cache folder as if it were the published weights of a recogniser."""
    file = MODELS[name].weights
    path = folder / "weights" / file.name  # type: ignore[union-attr]
    path.parent.mkdir(parents=True)
    torch.save(weights, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    made = replace(MODELS[name], weights=replace(file, sha256=digest, size=path.stat().st_size))
    monkeypatch.setitem(MODELS, name, made)
    monkeypatch.setenv("FACEGUARD_CACHE", str(folder))
    return path


def test_embeddings_of_real_photos_are_facenet_pytorchs(people: list[tuple[NDArray[np.uint8], Face]]) -> None:
    pictures = torch.from_numpy(real_crops(people, FACENET_160)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        expected = random_facenet()(fixed_image_standardization(pictures))
    found = FaceNet(random_facenet()).embed(pictures / 255)
    assert torch.linalg.vector_norm(expected[0] - expected[1]) > 1e-2  # random weights tell faces apart too
    assert (found - expected).abs().max() < 1e-5


def test_features_are_those_of_the_three_groups() -> None:
    views = FaceNet(random_facenet()).view(crops())
    assert [tuple(feature.shape) for feature in views.features] == [
        (2, 256, 17, 17),
        (2, 896, 8, 8),
        (2, 1792, 3, 3),
    ]
    assert torch.allclose(torch.linalg.vector_norm(views.embedding, dim=1), torch.ones(2))


def test_it_is_a_recogniser_whose_weights_want_no_gradients() -> None:
    recognizer = FaceNet(random_facenet().train())
    assert isinstance(recognizer, Recognizer)
    assert not recognizer.network.training
    assert not any(parameter.requires_grad for parameter in recognizer.network.parameters())
    assert recognizer.embed(crops().double()).shape == (2, recognizer.dimension)


def test_no_crops_give_no_embeddings() -> None:
    assert FaceNet(random_facenet()).embed(crops(0)).shape == (0, 512)


def test_a_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="classify=False"):
        FaceNet(InceptionResnetV1(classify=True, num_classes=3))


def test_other_crops_are_refused() -> None:
    with pytest.raises(ValueError, match=r"takes crops \(B, 3, 160, 160\)"):
        FaceNet(random_facenet()).embed(torch.zeros(1, 3, 112, 112))


@pytest.mark.parametrize("name", ["facenet-vggface2", "facenet-casia-webface"])
def test_fetched_weights_are_loaded(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = dict(random_facenet().state_dict())
    published |= {"logits.weight": torch.zeros(10, 512), "logits.bias": torch.zeros(10)}
    install(tmp_path, name, published, monkeypatch)
    recognizer = load(name)
    assert recognizer.name == name
    assert recognizer.licence == MODELS[name].licence
    assert torch.equal(recognizer.embed(crops()), FaceNet(random_facenet()).embed(crops()))


def test_the_threshold_is_the_published_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "facenet-vggface2", random_facenet().state_dict(), monkeypatch)
    threshold = load("facenet-vggface2").threshold
    assert threshold is not None
    assert (threshold.measure, threshold.value) == (Measure.COSINE, 0.70)


class Bomb:
    """A pickle that runs a command when it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def test_a_pickle_that_runs_something_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    path = install(tmp_path / "cache", "facenet-vggface2", {"a": Bomb(ran)}, monkeypatch)
    with pytest.raises(RecognizerError, match="does not fit") as caught:
        load("facenet-vggface2")
    assert str(path) in str(caught.value)
    assert not ran.exists()


@pytest.mark.parametrize("weights", [{}, {"conv2d_1a.conv.weight": torch.zeros(1)}, [1, 2]])
def test_weights_of_another_network_are_refused(
    weights: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "facenet-vggface2", weights, monkeypatch)
    with pytest.raises(RecognizerError, match="does not fit InceptionResnetV1") as caught:
        load("facenet-vggface2")
    assert "\n" not in str(caught.value)


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = install(tmp_path, "facenet-vggface2", {}, monkeypatch)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(RecognizerError, match=r"SHA-256 is .*faceguard models fetch facenet-vggface2"):
        load("facenet-vggface2")
