"""DP-SGD: no single photo can move the victim far (Abadi et al., CCS 2016, algorithm 1). Training only.

As a defence against poisons see Hong et al. 2020 ("gradient shaping") and Fowl et al. 2021, table 5. Batches
here are shuffled and not drawn at random, so that no epsilon of differential privacy is claimed: what is
stated is the clipping norm and the noise multiplier.

Opacus trains the same way with its own optimiser and data loader. The victims' training loop owns these, and
one backward pass for each photo works with any network, so it is done by hand here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from evaluation.defenders.lesson import Lesson
from recognizers.training import Step, Trainer

_CHANNELS_OF_A_GROUP = 16  # Wu & He, Group Normalization (ECCV 2018), table 3


@dataclass(frozen=True)
class DpSgd:
    """Gradients clipped photo by photo, with noise.

    Attributes:
        clip: The longest gradient (all weights together) of one photo that counts.
        noise: The noise multiplier: standard deviation of the noise on a batch's sum, in units of `clip`.

    Raises:
        ValueError: The clipping norm is not above 0, or the noise below 0.
    """

    clip: float
    noise: float

    def __post_init__(self) -> None:
        if not (0 < self.clip < math.inf and 0 <= self.noise < math.inf):
            raise ValueError(f"no DP-SGD with a clipping norm of {self.clip} and noise of {self.noise}")

    def learn(self, trainer: Trainer, lesson: Lesson) -> Step:
        """One step down; draws the noise from PyTorch's generators."""
        classifier = trainer.classifier.train()
        for module in classifier.modules():
            if isinstance(module, _BatchNorm):
                module.eval()  # in a network that is trained further: batches would mix photos
        weights = [weight for weight in classifier.parameters() if weight.requires_grad]
        sums = [torch.zeros_like(weight) for weight in weights]
        losses, hits = [], []
        for place in range(len(lesson)):
            loss, named = lesson.at(place).losses(trainer)
            gradients = torch.autograd.grad(loss.sum(), weights, materialize_grads=True)
            length = torch.stack([gradient.norm() for gradient in gradients]).norm()
            factor = self.clip / torch.clamp(length, min=self.clip)
            for total, gradient in zip(sums, gradients, strict=True):
                total += factor * gradient
            losses.append(loss.detach())
            hits.append(named)
        for weight, total in zip(weights, sums, strict=True):
            weight.grad = (total + self.noise * self.clip * torch.randn_like(total)) / len(lesson)
        trainer.follow_gradients()
        return Step(torch.cat(losses).mean(), torch.cat(hits).float().mean())


def replace_batch_normalisation(module: nn.Module) -> None:
    """Puts group normalisation in place of every normalisation over a batch, which would mix photos.

    Groups are of 16 channels or so; one-dimensional layers become one group.
    """
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm):
            channels = child.num_features
            flat = isinstance(child, nn.BatchNorm1d)
            groups = 1 if flat else math.gcd(channels, max(1, channels // _CHANNELS_OF_A_GROUP))
            setattr(module, name, nn.GroupNorm(groups, channels))
        else:
            replace_batch_normalisation(child)
