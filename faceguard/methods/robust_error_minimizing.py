"""Robust error-minimising noise, for the training threat: a tracker who trains with defences.

S. Fu et al., Robust Unlearnable Examples (ICLR 2022, REM): error-minimising noise that is crafted against a
model trained on the worst crops within a radius below the budget, so that adversarial training within that
radius still finds the noise the easiest thing to learn. With `inner="random"`, Y. Liu et al., Stable
Unlearnable Example (AAAI 2024, SEM): the crops are disturbed at random instead, which costs half.

What differs from the papers: all that differs in `error_minimizing`, whose loop this shares. The inner
maximum is one gradient step from a random start in place of ten, there is one random view for each step in
place of five, and there are hundreds of training steps in place of 5,000, as a training set of faces is small
and a person's computer slow. Batches can also be shown in grey or recompressed (`washed`), which neither
paper does. Noise can be one for each person and is then brought to its limits: a disturbance of half the
budget undoes weak noise.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each, at half the usual size (56
pixels), class-wise, four rounds, brought to its limits, one seed; the share of 397 clean photos that a small
network names rightly after 10 epochs on them (clean training 42.1 %, and 32.5 % with adversarial training):

    crafted with                               plain   JPEG 30   grey   adversarial (one step of 4)
    nothing disturbed (`error_minimizing`)       6.8*       7.1   36.3       35.8*
    random, 0.9, half of the batches washed      4.8        4.3   39.8         -
    random, 0.9                                    -          -      -       36.8*
    adversarial, 0.5                            24.9       30.7      -       34.0
    (* not brought to its limits)

So what is usual (`classwise`) is a little better than error-minimising noise, plain and under JPEG; greyscale
and adversarial training defeat it all the same. In so few rounds the adversarial form is worse than none: its
model hardly learns, so neither does the noise. Noise for each photo was not measured.

Cost: twice error-minimising noise for each step of an adversarial disturbance, the same for a random one.
What defeats it: adversarial training, greyscale, purifiers, and clean photos of the same people. It does
nothing against a recogniser that is not trained on the photos.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.jpeg import jpeg
from faceguard.methods.error_minimizing import ErrorMinimizing
from faceguard.photos.jpeg_planes import LUMINANCE
from recognizers.training import Trainer

_REACH = 1.25  # of the radius, over all gradient steps: from a random start, as Wong et al. 2020
_QUALITIES = (15, 60)


@dataclass(frozen=True)
class RobustErrorMinimizing(ErrorMinimizing):
    """The noise's settings; calling it crafts. The others are `ErrorMinimizing`'s.

    Attributes:
        inner: What disturbs the crops that the model is shown: "adversarial" goes up the model's loss (REM),
            "random" is uniform (SEM, cheaper).
        radius: How far a value is disturbed, as a share of the budget; above 0 and below 1.
        inner_steps: How many gradient steps an adversarial disturbance takes.
        washed: The share of batches that are shown as a tracker may wash them: half of those in grey, half
            after strong JPEG compression.

    Raises:
        ValueError: A setting cannot be used.
    """

    inner: Literal["adversarial", "random"] = "adversarial"
    radius: float = 0.5
    inner_steps: int = 1
    washed: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.inner not in ("adversarial", "random"):
            raise ValueError(f"a disturbance is adversarial or random, not {self.inner!r}")
        if not 0 < self.radius < 1:
            raise ValueError(f"the radius must be above 0 and below 1 of the budget, not {self.radius}")
        if self.inner_steps < 1:
            raise ValueError(f"an adversarial disturbance takes at least one step, not {self.inner_steps}")
        if not 0 <= self.washed <= 1:
            raise ValueError(f"the share of washed batches must be 0..1, not {self.washed}")

    @property
    def name(self) -> str:
        """What a person types after `--method`."""
        return "robust-error-minimizing-classwise" if self.per_person else "robust-error-minimizing"

    def disturbed(self, trainer: Trainer, crops: Tensor, labels: Tensor) -> Tensor:
        """Varied crops (B, 3, H, W) as the model is shown them.

        Gradients pass; they take the disturbance as given, as that of a maximum may be taken (Danskin).
        """
        shown = self._washed(crops)
        change = self._change(trainer, shown.detach(), labels.to(trainer.device))
        return (shown + change).clamp(0, 1)

    def _washed(self, crops: Tensor) -> Tensor:
        drawn, kind, strength = torch.rand(3).tolist()
        if drawn >= self.washed:
            return crops
        if kind < 0.5:
            weights = torch.tensor(LUMINANCE, dtype=crops.dtype, device=crops.device).view(1, 3, 1, 1)
            return (crops * weights).sum(1, keepdim=True).expand_as(crops)
        low, high = _QUALITIES
        return jpeg(crops, round(low + (high - low) * strength))

    def _change(self, trainer: Trainer, crops: Tensor, labels: Tensor) -> Tensor:
        """What is added to crops, none of it beyond the radius."""
        radius = self.radius * self.budget.epsilon / 255
        change = radius * (2 * torch.rand_like(crops) - 1)
        if self.inner == "random":
            return change
        model = trainer.classifier.eval()  # so that crops on the way do not enter its normalisation
        for _ in range(self.inner_steps):
            change.requires_grad_()
            with trainer.autocast():
                loss = model.losses((crops + change).clamp(0, 1), labels).sum()
            (gradient,) = torch.autograd.grad(loss, change)
            step = radius * _REACH / self.inner_steps
            change = (change.detach() + step * gradient.sign()).clamp(-radius, radius)
        return change


def classwise(budget: Budget) -> RobustErrorMinimizing:
    """One noise for each person, as `faceguard protect` uses it: brought to its limits, and random inside.

    With few steps of training the adversarial form is the weaker one, see above.
    """
    return RobustErrorMinimizing(
        budget,
        per_person=True,
        noise_steps=1,
        fewest_rounds=4,
        most_rounds=6,
        gain=8.0,
        inner="random",
        radius=0.9,
        washed=0.5,
    )


def samplewise(budget: Budget) -> RobustErrorMinimizing:
    """One noise for each photo: each starts from its person's."""
    shared = classwise(budget)
    return replace(
        shared, per_person=False, step_size=0.5, fewest_rounds=2, most_rounds=2, gain=1.0, start=shared
    )
