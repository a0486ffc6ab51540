"""Backbones: their shapes, their origin, and derivatives of first and second order."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers import ARCFACE_112, DLIB_150, FACENET_160, CropSpec, RecognizerError, backbones
from recognizers.backbones import Backbone
from recognizers.base import network_input
from recognizers.dlib_resnet import DlibResNet
from tests.recognizers.made_networks import random_facenet

# Some step agrees with a right derivative and none with a wrong one: long ones cross the kinks of some ReLU
# among many, short ones drown in rounding.
STEPS = (1e-6, 1e-8)
STEPS_OF_GRADIENTS = (1e-9, 1e-10)
SMALL = dataclasses.replace(ARCFACE_112, size=32)  # the same layers on fewer pixels, for time

# Every backbone has a line here: its name, and the crop to look at its derivatives with.
BACKBONES = [
    ("small-resnet", ARCFACE_112),
    ("iresnet18", SMALL),
    ("iresnet50", SMALL),
    ("mobilefacenet", SMALL),
    ("inception-resnet-v1", ARCFACE_112),
    ("dlib", DLIB_150),
    ("timm:resnet18", SMALL),
    ("timm:vit_tiny_patch16_224", SMALL),
]


def built(name: str, crop: CropSpec | None = None, dimension: int | None = None) -> Backbone:
    """A backbone whose weights and normalisation layers are random, in float64."""
    if name.startswith("timm:"):
        pytest.importorskip("timm")
    torch.manual_seed(0)
    backbone = backbones.build(name, dimension, crop).double()
    for key, buffer in backbone.named_buffers():
        if key.endswith("running_mean"):
            buffer.normal_(std=0.1)
        if key.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    return backbone


def random(seed: int, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_every_backbone_is_tested() -> None:
    tested = {"timm:MODEL" if name.startswith("timm:") else name for name, _ in BACKBONES}
    assert tested | {"onnx:PATH"} == set(backbones.available())  # that one in test_finetuning.py


@pytest.mark.parametrize(("name", "crop"), BACKBONES)
def test_derivatives_are_those_of_finite_differences(name: str, crop: CropSpec) -> None:
    backbone = built(name, crop).eval()
    crops = random(1, 2, 3, crop.size, crop.size)
    weights = random(2, 2, backbone.dimension) - 0.5

    def score(values: Tensor) -> Tensor:
        embedding, features = backbone(network_input(values, crop))
        return (embedding * weights).sum() + sum(feature.square().mean() for feature in features)

    leaf = crops.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(leaf), leaf)
    assert error(score, crops, gradient, STEPS) < 1e-3


@pytest.mark.parametrize(("name", "crop"), BACKBONES)
def test_second_derivatives_are_those_of_finite_differences(name: str, crop: CropSpec) -> None:
    """Gradient alignment: how the gradient of the weights changes with the crops, in training mode."""
    backbone = built(name, crop).train()
    for module in backbone.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    crops = random(1, 4, 3, crop.size, crop.size)
    aim = random(2, 4, backbone.dimension) - 0.5
    trained = [weight for weight in backbone.parameters() if weight.requires_grad]
    target = [random(index, *weight.shape) - 0.5 for index, weight in enumerate(trained)]

    def alignment(values: Tensor) -> Tensor:
        """The inner product of a loss's gradient by the weights with a fixed direction."""
        loss = (backbone(network_input(values, crop))[0] - aim).square().mean()
        gradients = torch.autograd.grad(loss, trained, create_graph=True)
        return torch.stack([(g * t).sum() for g, t in zip(gradients, target, strict=True)]).sum()

    leaf = crops.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(alignment(leaf), leaf)
    assert error(alignment, crops, gradient, STEPS_OF_GRADIENTS) < 1e-3


def error(
    function: Callable[[Tensor], Tensor], crops: Tensor, gradient: Tensor, lengths: Sequence[float]
) -> float:
    """The relative error of derivatives along three directions together, at the step that suits best.

    Together, since a single one can come out next to zero, where its relative error says nothing.
    """
    directions = [random(seed, *crops.shape) - 0.5 for seed in range(3, 6)]
    found = torch.stack([(gradient * direction).sum() for direction in directions])
    errors = []
    for length in lengths:
        steps = [length * direction for direction in directions]
        expected = torch.stack(
            [(function(crops + step) - function(crops - step)).detach() / (2 * length) for step in steps]
        )
        errors.append(torch.linalg.vector_norm(found - expected) / torch.linalg.vector_norm(expected))
    return torch.stack(errors).min().item()


@pytest.mark.parametrize("name", [name for name, _ in BACKBONES if name != "dlib"])
@pytest.mark.parametrize("dimension", [32, 64])
def test_the_embeddings_length_can_be_chosen(name: str, dimension: int) -> None:
    backbone = built(name, ARCFACE_112, dimension).eval()
    embedding, features = backbone(random(0, 1, 3, 112, 112))
    assert embedding.shape == (1, dimension)
    assert backbone.dimension == dimension
    assert 1 <= len(features) <= 3
    assert all(feature.ndim == 4 for feature in features)


@pytest.mark.parametrize("name", [name for name, _ in BACKBONES])
def test_in_mixed_precision_the_embedding_is_float32(name: str) -> None:
    backbone = built(name).float().eval()
    size = backbone.crop.size
    crops = random(0, 1, 3, size, size).float()
    with torch.no_grad():
        exact = backbone(crops)[0]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embedding = backbone(crops)[0]
    assert embedding.dtype == torch.float32
    assert not torch.equal(embedding, exact)
    assert F.cosine_similarity(embedding.double(), exact.double()) > 0.99


def test_the_iresnets_are_as_large_as_arcfaces() -> None:
    """The weights of insightface's R18 and R50 (112 pixels, 512 values), counted by hand from its code."""
    stem = 3 * 64 * 9 + 2 * 64 + 64
    end = 2 * 512 + (512 * 49 + 1) * 512 + 2 * 512

    def group(inputs: int, outputs: int, blocks: int) -> int:
        rest = 2 * outputs + 2 * 9 * outputs**2 + 2 * 2 * outputs + outputs
        first = 2 * inputs + 9 * (inputs * outputs + outputs**2) + 2 * 2 * outputs + outputs
        return first + inputs * outputs + 2 * outputs + (blocks - 1) * rest

    widths = [(64, 64), (64, 128), (128, 256), (256, 512)]
    for name, blocks in (("iresnet18", (2, 2, 2, 2)), ("iresnet50", (3, 4, 14, 3))):
        expected = stem + end + sum(group(*w, b) for w, b in zip(widths, blocks, strict=True))
        assert sum(weight.numel() for weight in backbones.build(name).parameters()) == expected


def test_the_inception_resnet_is_facenet_pytorchs() -> None:
    theirs = random_facenet().double().eval()
    ours = backbones.InceptionResNet().double().eval()
    ours.network.load_state_dict(theirs.state_dict())
    values = random(0, 2, 3, 160, 160) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(F.normalize(ours(values)[0]), theirs(values), atol=1e-12)


def test_the_dlib_backbone_is_the_embedded_recogniser() -> None:
    recognizer = DlibResNet()
    backbone = backbones.Dlib().eval()
    backbone.network.load_state_dict(recognizer.network.state_dict())
    crops = random(0, 2, 3, 150, 150).float()
    with torch.no_grad():
        embedding, features = backbone(network_input(crops, DLIB_150))
        views = recognizer.view(crops)
    assert torch.allclose(embedding, views.embedding, atol=1e-6)
    assert torch.allclose(features[0], views.features[0], atol=1e-5)


@pytest.mark.parametrize("model", ["resnet18", "vit_tiny_patch16_224", "inception_next_atto"])
def test_a_timm_model_gives_what_timm_gives(model: str) -> None:
    timm = pytest.importorskip("timm")
    size = 224 if model.startswith("vit") else 112
    backbone = backbones.TimmModel(model, 48, dataclasses.replace(ARCFACE_112, size=size)).eval()
    theirs = timm.create_model(model, pretrained=False, num_classes=48).eval()
    theirs.load_state_dict(backbone.network.state_dict())
    values = random(0, 1, 3, size, size).float()
    with torch.no_grad():
        assert torch.allclose(backbone(values)[0], theirs(values), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("resnet", {}, "there are small-resnet, iresnet18"),
        ("timm:MODEL", {}, "no model 'MODEL'"),
        ("timm:hf-hub:someone/weights", {}, "no model 'hf-hub:someone/weights'"),
        ("timm:", {}, "no model ''"),
        ("small-resnet", {"dimension": 0}, "at least one value, not 0"),
        ("dlib", {"dimension": 64}, "128 values"),
        ("dlib", {"crop": FACENET_160}, "dlib's crop"),
        ("inception-resnet-v1", {"crop": SMALL}, "at least 75 pixels, not 32"),
        ("timm:efficientformer_l1", {}, "does not run on 112 px crops"),
    ],
)
def test_backbones_that_cannot_be_built(name: str, options: dict[str, object], said: str) -> None:
    if name.startswith("timm:"):
        pytest.importorskip("timm")
    with pytest.raises(RecognizerError, match=said):
        backbones.build(name, **options)  # type: ignore[arg-type]


def test_without_timm_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(RecognizerError, match=r"pip install 'faceguard\[timm\]'"):
        backbones.build("timm:resnet18")
