"""Reverse cross-entropy against its naive form, and where that form breaks."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from faceguard.methods.reverse_cross_entropy import reverse_cross_entropy


def scores(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(6, 5, generator=generator, dtype=torch.float64) * 3, torch.tensor([0, 1, 2, 3, 4, 0])


def test_it_is_the_naive_form() -> None:
    logits, labels = scores()
    naive = -torch.log(1 - F.softmax(logits, 1).gather(1, labels[:, None])[:, 0])
    torch.testing.assert_close(reverse_cross_entropy(logits, labels), naive, rtol=1e-10, atol=1e-12)


def test_a_certain_model_does_not_break_it() -> None:
    logits, labels = torch.tensor([[60.0, 0.0, 1.0]], requires_grad=True), torch.tensor([0])
    naive = -torch.log(1 - F.softmax(logits, 1)[:, 0])
    assert torch.isinf(naive).all()
    loss = reverse_cross_entropy(logits, labels)
    # 1 - p_y is (e^0 + e^1) / e^60 to first order.
    assert loss.item() == pytest.approx(60 - torch.tensor([0.0, 1.0]).logsumexp(0).item())
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    assert gradient[0].tolist() == pytest.approx([1.0, -0.26894, -0.73106], abs=1e-4)


def test_its_gradients_and_theirs_are_right() -> None:
    logits, labels = scores(1)
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: reverse_cross_entropy(z, labels), (logits,))
    assert torch.autograd.gradgradcheck(lambda z: reverse_cross_entropy(z, labels), (logits,))


def test_one_class_is_too_few() -> None:
    with pytest.raises(ValueError, match="two classes"):
        reverse_cross_entropy(torch.zeros(2, 1), torch.zeros(2, dtype=torch.int64))
