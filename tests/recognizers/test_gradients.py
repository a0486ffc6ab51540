"""The gradients of every differentiable recogniser are those of finite differences.

Derivatives are taken along random directions and compared together, as two vectors: a single one can come out
next to zero, where its relative error says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from recognizers.dlib_resnet import DlibResNet
from recognizers.onnx_file import OnnxFile
from tests.recognizers.made_networks import network, random_facenet, residual_network

STEP = 1e-8  # small, since a longer step crosses the kinks of some ReLU among many
DIRECTIONS = 4


def dlib(_request: pytest.FixtureRequest) -> Any:
    return DlibResNet()


def facenet(_request: pytest.FixtureRequest) -> Any:
    from recognizers.facenet import FaceNet

    return FaceNet(random_facenet())


def onnx_file(request: pytest.FixtureRequest) -> Any:
    folder: Path = request.getfixturevalue("tmp_path")
    return OnnxFile(network(folder / "a.onnx"))


def onnx_residual(request: pytest.FixtureRequest) -> Any:
    folder: Path = request.getfixturevalue("tmp_path")
    return OnnxFile(residual_network(folder / "a.onnx"))


def onnx_mobilefacenet(request: pytest.FixtureRequest) -> Any:
    return OnnxFile(request.getfixturevalue("mobilefacenet"))


def insightface_mobilefacenet(request: pytest.FixtureRequest) -> Any:
    pytest.importorskip("insightface")
    from recognizers.arcface import ArcFace

    return ArcFace(request.getfixturevalue("mobilefacenet"))


# Every recogniser that passes gradients has a line here; it has its network, a module, in `network`.
RECOGNIZERS = (dlib, facenet, onnx_file, onnx_residual, onnx_mobilefacenet, insightface_mobilefacenet)


@pytest.mark.parametrize("load", RECOGNIZERS)
def test_gradients_are_those_of_finite_differences(
    load: Callable[[pytest.FixtureRequest], Any], request: pytest.FixtureRequest
) -> None:
    recognizer = load(request)
    recognizer.network.double()
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    size = recognizer.crop.size
    crops = torch.rand(2, 3, size, size, generator=generator, dtype=torch.float64)
    weights = random(2, recognizer.dimension)

    def score(values: Tensor) -> Tensor:
        """One number that depends on all of the embedding and of the features."""
        views = recognizer.view(values)
        features = torch.stack([feature.square().mean() for feature in views.features])
        return (views.embedding * weights).sum() + features.sum()

    leaf = crops.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(leaf), leaf)
    steps = [random(*crops.shape) for _ in range(DIRECTIONS)]
    expected = torch.stack([(score(crops + STEP * s) - score(crops - STEP * s)) / (2 * STEP) for s in steps])
    found = torch.stack([(gradient * step).sum() for step in steps])
    assert torch.linalg.vector_norm(expected) > 0
    error = torch.linalg.vector_norm(found - expected) / torch.linalg.vector_norm(expected)
    assert error < 1e-3


@pytest.mark.parametrize("load", RECOGNIZERS)
@pytest.mark.usefixtures("one_thread")
def test_embeddings_pass_gradients_as_views_do(
    load: Callable[[pytest.FixtureRequest], Any], request: pytest.FixtureRequest
) -> None:
    recognizer = load(request)
    size = recognizer.crop.size
    crops = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(1)).requires_grad_()
    (one,) = torch.autograd.grad(recognizer.embed(crops).sum(), crops)
    (other,) = torch.autograd.grad(recognizer.view(crops).embedding.sum(), crops)
    assert one.abs().max() > 0
    assert torch.equal(one, other)
