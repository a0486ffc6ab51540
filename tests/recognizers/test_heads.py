"""Heads: their values in closed form, their gradients, and the library they adapt."""

from __future__ import annotations

import inspect
import math
import sys

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from recognizers import RecognizerError, heads
from recognizers.heads import ArcFace, CosFace, Head, InsightfaceArcFace, Softmax
from recognizers.heads.angular import AngularHead

OWN = ["softmax", "cosface", "arcface"]
WITH_VARIANT = [*OWN, "arcface-insightface"]


def losses_of_the_library() -> list[str]:
    """pytorch-metric-learning's losses that have weights for each class."""
    try:
        from pytorch_metric_learning import losses
    except ImportError:
        return []
    members = inspect.getmembers(losses, inspect.isclass)
    return [name for name, kind in members if hasattr(kind, "get_logits") and "Loss" in name]


def head(name: str, dimension: int = 16, classes: int = 7, **settings: float) -> Head:
    torch.manual_seed(0)
    return heads.build(name, dimension, classes, **settings).double()


def batch(count: int = 5, dimension: int = 16, classes: int = 7) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    embeddings = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
    return embeddings, torch.arange(count) % classes


def at_angle(degrees: float) -> Tensor:
    """An embedding at an angle to the first class's direction, of a head whose weights are the axes."""
    angle = math.radians(degrees)
    return 3 * torch.tensor([[math.cos(angle), math.sin(angle), 0.0]], dtype=torch.float64)


def with_axes(built: AngularHead) -> AngularHead:
    """A head in double whose classes' directions are the axes, at any length."""
    built.weight = torch.nn.Parameter(0.5 * torch.eye(3, dtype=torch.float64))
    return built


FIRST = torch.tensor([0])


def test_softmax_is_cross_entropy_of_a_linear_layer() -> None:
    embeddings, labels = batch()
    softmax = head("softmax")
    assert isinstance(softmax, Softmax)
    scores = embeddings @ softmax.linear.weight.T + softmax.linear.bias
    expected = torch.logsumexp(scores, 1) - scores.gather(1, labels[:, None])[:, 0]
    assert torch.allclose(softmax.losses(embeddings, labels), expected)
    assert torch.equal(softmax.margin_logits(embeddings, labels), softmax.logits(embeddings))


@pytest.mark.parametrize("degrees", [0.0, 20.0, 75.0, 90.0, 140.0])
def test_cosface_subtracts_from_the_cosine(degrees: float) -> None:
    cosface = with_axes(CosFace(3, 3, scale=10, margin=0.2))
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    expected = torch.tensor([[10 * (cosine - 0.2), 10 * sine, 0.0]], dtype=torch.float64)
    assert torch.allclose(cosface.margin_logits(at_angle(degrees), FIRST), expected)
    assert cosface.logits(at_angle(degrees))[0, 0].item() == pytest.approx(10 * cosine)


@pytest.mark.parametrize("degrees", [1.0, 20.0, 75.0, 90.0, 140.0])
@pytest.mark.parametrize("kind", [ArcFace, InsightfaceArcFace])
def test_arcface_widens_the_angle(kind: type[ArcFace], degrees: float) -> None:
    arcface = with_axes(kind(3, 3, scale=10, margin=0.5))
    expected = 10 * math.cos(math.radians(degrees) + 0.5)
    found = arcface.margin_logits(at_angle(degrees), FIRST)[0]
    assert found[0].item() == pytest.approx(expected)
    assert found[1].item() == pytest.approx(10 * math.sin(math.radians(degrees)))


def test_arcface_goes_on_falling_where_the_cosine_would_rise_again() -> None:
    arcface = with_axes(ArcFace(3, 3, scale=1, margin=0.5))
    scores = [arcface.margin_logits(at_angle(d), FIRST)[0, 0].item() for d in range(1, 180)]
    assert scores == sorted(scores, reverse=True)
    published = with_axes(InsightfaceArcFace(3, 3, scale=1, margin=0.5))
    assert published.margin_logits(at_angle(170), FIRST)[0, 0].item() == pytest.approx(
        math.cos(math.radians(170) + 0.5)
    )


@pytest.mark.parametrize("name", OWN)
def test_gradients_are_true_to_the_second_order(name: str) -> None:
    built = head(name, scale=4.0) if name != "softmax" else head(name)
    embeddings, labels = batch()
    weights = dict(built.named_parameters())

    def losses(values: Tensor, *tensors: Tensor) -> Tensor:
        given = dict(zip(weights, tensors, strict=True))
        scores: Tensor = torch.func.functional_call(_Losses(built), _prefixed(given), (values, labels))
        return scores

    inputs = (embeddings.requires_grad_(), *(w.detach().requires_grad_() for w in weights.values()))
    assert torch.autograd.gradcheck(losses, inputs)
    assert torch.autograd.gradgradcheck(losses, inputs)


class _Losses(torch.nn.Module):
    """A head whose `forward` is its losses, for `functional_call`."""

    def __init__(self, built: Head) -> None:
        super().__init__()
        self.head = built

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        return self.head.losses(embeddings, labels)


def _prefixed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"head.{name}": weight for name, weight in weights.items()}


def test_insightfaces_published_loss_has_the_value_of_arcface_and_another_gradient() -> None:
    true, published = head("arcface", scale=8.0), head("arcface-insightface", scale=8.0)
    published.load_state_dict(true.state_dict())
    embeddings, labels = batch()
    leaf = embeddings.requires_grad_()
    assert torch.allclose(true.losses(leaf, labels), published.losses(leaf, labels))
    (right,) = torch.autograd.grad(true.losses(leaf, labels).sum(), leaf)
    (wrong,) = torch.autograd.grad(published.losses(leaf, labels).sum(), leaf)
    assert (right - wrong).norm() > 0.05 * right.norm()
    assert not torch.autograd.gradcheck(
        lambda values: published.losses(values, labels), (leaf,), raise_exception=False
    )


def test_insightfaces_published_gradient_takes_the_margins_derivative_for_one() -> None:
    """Its loss changes with a cosine by s (p - y), p the softmax of the scores with the margin."""
    published = head("arcface-insightface", scale=8.0)
    assert isinstance(published, InsightfaceArcFace)
    embeddings, labels = batch()
    cosines = published.cosines(embeddings).detach().requires_grad_()
    narrowed = cosines.scatter(1, labels[:, None], published.narrowed(cosines.gather(1, labels[:, None])))
    (found,) = torch.autograd.grad(F.cross_entropy(8 * narrowed, labels, reduction="sum"), cosines)
    chances = torch.softmax(8 * narrowed.detach(), 1)
    assert torch.allclose(found, 8 * (chances - F.one_hot(labels, 7)))


@pytest.mark.parametrize("name", WITH_VARIANT)
def test_gradients_are_finite_where_embedding_and_direction_coincide(name: str) -> None:
    built = heads.build(name, 3, 3)
    if isinstance(built, AngularHead):
        built.weight = torch.nn.Parameter(torch.eye(3))
    embeddings = torch.eye(3).requires_grad_()
    (gradient,) = torch.autograd.grad(built.losses(embeddings, torch.tensor([0, 1, 2])).sum(), embeddings)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", WITH_VARIANT)
def test_the_label_decides_the_loss_and_the_order_does_not(name: str) -> None:
    built = head(name)
    embeddings, labels = batch()
    losses = built.losses(embeddings, labels)
    assert losses.shape == (5,)
    assert torch.allclose(built.losses(embeddings.flip(0), labels.flip(0)), losses.flip(0))
    assert not torch.allclose(built.losses(embeddings, (labels + 1) % 7), losses)


@pytest.mark.parametrize("loss", losses_of_the_library())
def test_a_loss_of_the_library_is_what_the_library_computes(loss: str) -> None:
    from pytorch_metric_learning import losses

    adapted = head(f"metric-learning:{loss}")
    theirs = getattr(losses, loss)(num_classes=7, embedding_size=16).double()
    theirs.load_state_dict(adapted.loss.state_dict())
    embeddings, labels = batch()
    leaf = embeddings.requires_grad_()
    each = adapted.losses(leaf, labels)
    assert each.shape == (5,)
    assert each.mean().item() == pytest.approx(theirs(embeddings, labels).item())
    (ours,) = torch.autograd.grad(each.mean(), leaf)
    (expected,) = torch.autograd.grad(theirs(leaf, labels), leaf)
    assert torch.allclose(ours, expected)
    assert torch.allclose(adapted.logits(embeddings), theirs.get_logits(embeddings))


@pytest.mark.parametrize("name", ["cosface", "arcface"])
def test_our_heads_agree_with_the_librarys(name: str) -> None:
    pytest.importorskip("pytorch_metric_learning")
    settings = {"cosface": {"margin": 0.35}, "arcface": {"margin": math.degrees(0.5)}}[name]
    kind = {"cosface": "CosFaceLoss", "arcface": "ArcFaceLoss"}[name]
    theirs = head(f"metric-learning:{kind}", scale=64.0, **settings)
    ours = head(name)
    assert isinstance(ours, AngularHead)
    ours.weight = torch.nn.Parameter(theirs.loss.W.T.clone())
    embeddings, labels = batch()
    assert torch.allclose(ours.losses(embeddings, labels), theirs.losses(embeddings, labels), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("margin", {}, "there are softmax, cosface, arcface"),
        ("softmax", {"scale": 3.0}, "scale"),
        ("cosface", {"scale": 0.0}, "scale above 0"),
        ("cosface", {"margin": -0.1}, "margin from 0"),
        ("arcface", {"margin": 2.0}, "below pi / 2"),
        ("metric-learning:TripletMarginLoss", {}, "with weights for each class; there are ArcFaceLoss"),
        ("metric-learning:CosFaceLoss", {"sharpness": 1.0}, "sharpness"),
    ],
)
def test_heads_that_cannot_be_built(name: str, settings: dict[str, float], said: str) -> None:
    if name.startswith("metric-learning:"):
        pytest.importorskip("pytorch_metric_learning")
    with pytest.raises(RecognizerError, match=said):
        heads.build(name, 16, 7, **settings)


def test_without_the_library_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_metric_learning", None)
    with pytest.raises(RecognizerError, match=r"pip install 'faceguard\[metric-learning\]'"):
        heads.build("metric-learning:CosFaceLoss", 16, 7)
