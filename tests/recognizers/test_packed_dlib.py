"""The network laid out for the processor against the plain one."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from recognizers import packed_convolution
from recognizers.dlib_network import DlibNetwork
from recognizers.dlib_resnet import DlibResNet
from recognizers.packed_convolution import PackedConvolution, packing_works
from recognizers.packed_dlib import PackedDlib

needs_packing = pytest.mark.skipif(
    not packing_works(torch.float32), reason="this PyTorch or processor has no packed convolutions"
)


def random_values(count: int = 2) -> Tensor:
    return torch.randn(count, 3, 150, 150, generator=torch.Generator().manual_seed(1)) * 0.3


def wanted(embedding: Tensor, features: list[Tensor]) -> Tensor:
    """Something that depends on all three outputs."""
    return embedding.float().square().sum() + features[0].float().sum() + features[1].float().square().mean()


def gradients(network: DlibNetwork, packed: PackedDlib) -> tuple[Tensor, Tensor]:
    plain, ours = random_values().requires_grad_(), random_values().requires_grad_()
    embedding, groups = network(plain)
    (expected,) = torch.autograd.grad(wanted(embedding, groups[2:4]), plain)
    (found,) = torch.autograd.grad(wanted(*packed(ours)), ours)
    return expected, found


@pytest.fixture(scope="module")
def network() -> DlibNetwork:
    return DlibResNet().network


@needs_packing
def test_outputs_are_the_plain_networks(network: DlibNetwork) -> None:
    embedding, groups = network(random_values())
    found, features = PackedDlib(network, torch.float32)(random_values())
    torch.testing.assert_close(found, embedding, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(features, groups[2:4], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


@needs_packing
def test_gradients_are_the_plain_networks(network: DlibNetwork) -> None:
    expected, found = gradients(network, PackedDlib(network, torch.float32))
    assert (found - expected).norm() < 1e-3 * expected.norm()


@pytest.mark.skipif(not packing_works(torch.bfloat16), reason="no bfloat16 on this processor")
def test_short_numbers_give_nearly_the_same_gradients(network: DlibNetwork) -> None:
    expected, found = gradients(network, PackedDlib(network, torch.bfloat16))
    assert F.cosine_similarity(found.flatten(), expected.flatten(), dim=0) > 0.9


@needs_packing
def test_a_copy_of_a_used_recogniser_works() -> None:
    recogniser = DlibResNet()
    crops = random_values(1).sigmoid()
    first = recogniser.embed(crops)
    torch.testing.assert_close(copy.deepcopy(recogniser).embed(crops), first)


def test_a_copy_that_is_trained_further_uses_its_own_weights() -> None:
    original = DlibResNet()
    crops = random_values(1).sigmoid()
    before = original.embed(crops)
    tuned = copy.deepcopy(original)
    tuned.network.requires_grad_(True)
    tuned.embed(crops).square().sum().backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is not None for weight in tuned.network.parameters())
    tuned.network.requires_grad_(False)
    assert torch.allclose(tuned.embed(crops), before, atol=1e-5)
    tuned.network.head.weight.mul_(2)
    torch.testing.assert_close(tuned.embed(crops), 2 * before, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(original.embed(crops), before)


def test_without_packing_the_plain_network_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    crops = random_values(1).sigmoid()
    usual = DlibResNet().embed(crops)
    monkeypatch.setattr("recognizers.dlib_resnet.packing_works", lambda dtype: False)
    torch.testing.assert_close(DlibResNet().embed(crops), usual, rtol=1e-4, atol=1e-5)


def test_operators_that_are_missing_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_arguments: object) -> Tensor:
        raise AttributeError("no such operator")

    monkeypatch.setattr(packed_convolution, "_packed", missing)
    packing_works.cache_clear()
    assert not packing_works(torch.float32)
    monkeypatch.undo()
    packing_works.cache_clear()


@needs_packing
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 1), (4, 1, 0), (3, 2, 0), (1, 1, 0)])
def test_a_convolution_and_its_gradient(kernel: int, stride: int, padding: int) -> None:
    generator = torch.Generator().manual_seed(2)
    layer = nn.Conv2d(4, 6, kernel, stride, padding).requires_grad_(False)
    x = torch.randn(2, 4, 11, 9, generator=generator).contiguous(memory_format=torch.channels_last)
    packed, expected = PackedConvolution(layer, torch.float32), layer(x)
    torch.testing.assert_close(packed(x), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(packed(x, relu=True), F.relu(expected), rtol=1e-4, atol=1e-5)
    gradient = torch.randn(expected.shape, generator=generator).contiguous(memory_format=torch.channels_last)
    back = conv2d_input(x.shape, layer.weight, gradient, stride, padding)
    torch.testing.assert_close(packed.input_gradient(gradient, x.shape), back, rtol=1e-4, atol=1e-5)
    if stride == 1:
        torch.testing.assert_close(packed.input_gradient(gradient, plus=x), back + x, rtol=1e-4, atol=1e-5)
