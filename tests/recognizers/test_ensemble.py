"""Ensembles: what their embeddings are, each member with its own crop."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard import Protector
from faceguard.engine.sight import aligned_crops, embeddings
from faceguard.faces.face import Face
from recognizers import ARCFACE_112, DLIB_150, CropSpec, Recognizer, RecognizerError, backbones, load
from recognizers.ensemble import Ensemble
from recognizers.registry import member_names
from recognizers.trained_network import TrainedNetwork
from tests.recognizers.made_networks import network

SMALL = dataclasses.replace(ARCFACE_112, size=32)


def member(name: str, dimension: int, crop: CropSpec, seed: int = 0) -> TrainedNetwork:
    torch.manual_seed(seed)
    return TrainedNetwork(backbones.SmallResNet(dimension, crop), name=name, licence=f"{name}'s")


@pytest.fixture
def ensemble() -> Ensemble:
    return Ensemble([member("a", 8, SMALL), member("b", 12, DLIB_150, seed=1)])


def crops(count: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(count, 3, size, size, generator=generator) for size in (32, 150)]


def test_it_is_a_recogniser(ensemble: Ensemble) -> None:
    assert isinstance(ensemble, Recognizer)
    assert ensemble.name == "a+b"
    assert ensemble.licence == "a: a's; b: b's"
    assert (ensemble.dimension, ensemble.crop, ensemble.threshold) == (20, SMALL, None)
    assert ensemble.differentiable
    assert ensemble.to("cpu") is ensemble


def test_cosines_are_the_means_of_the_members_cosines(ensemble: Ensemble) -> None:
    embedded = ensemble.embed(crops())
    assert embedded.shape == (3, 20)
    each = [F.normalize(m.embed(part)) for m, part in zip(ensemble.members, crops(), strict=True)]
    expected = torch.stack([part @ part.T for part in each]).mean(0)
    found = F.normalize(embedded)
    assert torch.allclose(found @ found.T, expected, atol=1e-5)


def test_views_show_all_members_features(ensemble: Ensemble) -> None:
    views = ensemble.view(crops())
    assert torch.equal(views.embedding, ensemble.embed(crops()))
    expected = [
        f.shape for m, part in zip(ensemble.members, crops(), strict=True) for f in m.view(part).features
    ]
    assert [feature.shape for feature in views.features] == expected


def test_gradients_pass_to_each_members_crops(ensemble: Ensemble) -> None:
    parts = [part.requires_grad_() for part in crops()]
    gradients = torch.autograd.grad(ensemble.embed(parts)[:, ::3].sum(), parts)
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_one_tensor_will_do_where_all_take_the_same_crop(ensemble: Ensemble) -> None:
    alike = Ensemble([member("a", 8, SMALL), member("b", 12, SMALL, seed=1)])
    part = crops()[0]
    assert torch.equal(alike.embed(part), alike.embed([part, part]))
    with pytest.raises(ValueError, match=r"a\+b takes crops for each of its members: a 32 px, b 150 px"):
        ensemble.embed(part)
    shifted = dataclasses.replace(SMALL, mean=(0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="each of its members"):
        Ensemble([member("a", 8, SMALL), member("b", 8, shifted)]).embed(part)


def test_crops_that_are_not_the_members(ensemble: Ensemble) -> None:
    small, large = crops()
    with pytest.raises(ValueError, match="takes 2 tensors of crops, not 1"):
        ensemble.embed([small])
    with pytest.raises(ValueError, match=r"a takes crops \(B, 3, 32, 32\), not"):
        ensemble.embed([large, small])
    with pytest.raises(ValueError, match=r"as many crops for each member, not \[3, 2\]"):
        ensemble.embed([small, large[:2]])
    with pytest.raises(ValueError, match="two members or more, not 1"):
        Ensemble(ensemble.members[:1])


def test_no_faces_give_no_embeddings(ensemble: Ensemble) -> None:
    assert ensemble.embed(crops(0)).shape == (0, 20)


def test_faces_in_photos_are_seen_by_each_member_in_its_own_crop(ensemble: Ensemble) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (90, 80, 3), dtype=np.uint8)
    landmarks = np.array([[30, 30], [50, 30], [40, 42], [32, 54], [48, 54]], np.float32)
    faces = [Face(box=(20.0, 15.0, 60.0, 65.0), landmarks=landmarks, score=1.0)]
    found = embeddings(photo, faces, ensemble, torch.device("cpu"), antialias=False)
    parts = [aligned_crops(photo, faces, m.crop, antialias=False) for m in ensemble.members]
    assert torch.allclose(found, ensemble.embed(parts), atol=1e-6)
    assert embeddings(photo, [], ensemble, torch.device("cpu")).shape == (0, 20)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("dlib", ["dlib"]),
        ("dlib+onnx:a.onnx", ["dlib", "onnx:a.onnx"]),
        ("onnx:a+b.onnx", ["onnx:a+b.onnx"]),
        ("onnx:a+dlib.onnx", ["onnx:a+dlib.onnx"]),
        ("onnx:a+b.onnx+dlib+file:c", ["onnx:a+b.onnx", "dlib", "file:c"]),
        ("file:x+onnx:y+z", ["file:x", "onnx:y+z"]),
        ("dlib+dlib2", ["dlib+dlib2"]),
        ("+dlib", ["", "dlib"]),
    ],
)
def test_names_are_taken_apart_where_another_recognisers_name_begins(name: str, members: list[str]) -> None:
    assert member_names(name) == members


def test_it_is_loaded_by_its_members_names(tmp_path: Path) -> None:
    path = network(tmp_path / "a+b.onnx")
    loaded = load(f"dlib+onnx:{path}")
    assert isinstance(loaded, Ensemble)
    assert loaded.name == f"dlib+onnx:{path}"
    assert [m.name for m in loaded.members] == ["dlib", f"onnx:{path}"]
    for wrong in ("dlib+clearview", "+dlib", "dlib+"):
        with pytest.raises(RecognizerError, match="no recogniser"):
            load(wrong)


def test_protecting_against_an_ensemble_means_its_members(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    guard = Protector(surrogates=[f"dlib+onnx:{path}", "dlib"], device="cpu")
    assert guard.settings["surrogates"] == ["dlib", f"onnx:{path}"]
