"""Going on from a recogniser that is there."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers import Recognizer, RecognizerError, backbones, load
from recognizers.dlib_resnet import DlibResNet
from recognizers.facenet import FaceNet
from recognizers.heads import Softmax
from recognizers.onnx_file import OnnxFile
from recognizers.subspace import fit_eigenfaces
from recognizers.trained_network import TrainedNetwork
from recognizers.training import FaceClassifier, TrainingSettings, train, trainable_backbone
from tests.recognizers.made_networks import network, random_facenet
from tests.recognizers.tiny_training import CROP

SETTINGS = TrainingSettings(
    epochs=1, batch_size=2, learning_rate=1e-3, warmup_epochs=0, precision="float32", device="cpu"
)


def dlib(_folder: Path) -> Any:
    return DlibResNet()


def facenet(_folder: Path) -> Any:
    return FaceNet(random_facenet())


def onnx(folder: Path) -> Any:
    return OnnxFile(network(folder / "a.onnx"))


def trained(_folder: Path) -> Any:
    torch.manual_seed(0)
    return TrainedNetwork(backbones.SmallResNet(16, dataclasses.replace(CROP, size=32)))


def crops(recognizer: Recognizer, count: int = 2) -> Tensor:
    size = recognizer.crop.size
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("make", [dlib, facenet, onnx, trained])
def test_it_begins_as_the_recogniser_and_moves_on_while_that_stays(make: Any, tmp_path: Path) -> None:
    recognizer: Recognizer = make(tmp_path)
    photos = crops(recognizer)
    before = recognizer.embed(photos)
    backbone = trainable_backbone(recognizer)
    assert isinstance(make(tmp_path), type(recognizer))
    copied = TrainedNetwork(backbone)
    assert torch.allclose(F.normalize(copied.embed(photos)), F.normalize(before), atol=1e-5)
    assert (copied.crop, copied.dimension) == (recognizer.crop, recognizer.dimension)
    start = {name: weight.detach().clone() for name, weight in backbone.named_parameters()}
    path = tmp_path / "further.safetensors"
    result = train(
        FaceClassifier(backbone, Softmax(recognizer.dimension, 2)),
        (photos, torch.tensor([0, 1])),
        SETTINGS,
        checkpoint=path,
    )
    moved = [not torch.equal(weight, start[name]) for name, weight in backbone.named_parameters()]
    assert sum(moved) > 0.9 * len(moved)
    assert torch.equal(recognizer.embed(photos), before)
    again = load(f"file:{path}")
    assert torch.allclose(
        again.embed(photos), TrainedNetwork(result.classifier.backbone).embed(photos), atol=1e-6
    )


def test_an_onnx_graph_that_is_gone_cannot_be_trained_on(tmp_path: Path) -> None:
    recognizer = onnx(tmp_path)
    saved = tmp_path / "further.safetensors"
    TrainedNetwork(trainable_backbone(recognizer)).save(saved)
    (tmp_path / "a.onnx").unlink()
    with pytest.raises(RecognizerError, match=r"a\.onnx: no such file"):
        load(f"file:{saved}")


def test_an_onnx_graphs_embeddings_have_the_length_they_have(tmp_path: Path) -> None:
    path = network(tmp_path / "a.onnx")
    with pytest.raises(RecognizerError, match="gives embeddings of 16 values, not 32"):
        backbones.build(f"onnx:{path}", 32)


def test_what_has_no_network_cannot_be_trained_further() -> None:
    gallery = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with pytest.raises(RecognizerError, match="eigenfaces cannot be trained further; dlib, FaceNet, ONNX"):
        trainable_backbone(fit_eigenfaces(gallery, 2, CROP))


def test_an_onnx_graph_passes_second_derivatives(tmp_path: Path) -> None:
    backbone = backbones.build(f"onnx:{network(tmp_path / 'a.onnx')}").double()
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, 3, 112, 112, generator=generator, dtype=torch.float64)
    direction = torch.randn(values.shape, generator=generator, dtype=torch.float64)

    def slopes(leaf: Tensor) -> Tensor:
        """The squared length of the gradient of the embedding's squares by the weights."""
        loss = backbone(leaf)[0].square().sum()
        found = torch.autograd.grad(loss, list(backbone.parameters()), create_graph=True)
        return torch.stack([slope.square().sum() for slope in found]).sum()

    leaf = values.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(slopes(leaf), leaf)
    step = 1e-9 * direction
    expected = (slopes(values + step) - slopes(values - step)) / 2e-9
    assert (gradient * direction).sum().item() == pytest.approx(expected.item(), rel=1e-3)
