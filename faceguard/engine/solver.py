"""The solver: softly signed descent with momentum in photo pixels, inside the budget, through random views.

The random views are an input diversity in the sense of Xie et al. 2019, through a differentiable alignment
instead of a resize.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.coarse_gradient import partly_blurred
from faceguard.engine.descent import direction_of
from faceguard.engine.objective import Objective, Scene
from faceguard.engine.patches import Batch
from faceguard.engine.perturbation import Perturbation
from faceguard.engine.precision import crafting_autocast
from faceguard.engine.views import ViewSettings, cut_out, round_
from faceguard.faces.alignment import warp
from recognizers import Recognizer, Views

_START = 0.8 / 255  # the range it starts in; what no surrogate looks at is rounded away again


@dataclass(frozen=True)
class Solver:
    """How a perturbation is searched for.

    Attributes:
        steps: How many steps are taken, each through one view.
        step_size: How far a pixel moves in the first step, as a share of its limit.
        last_step_size: And in the last; in between it falls with the cube of the share of steps that are
            left. None for steps of one size.
        momentum: How much of the steps before counts in the next.
        softness: Gradients from this share of their root mean square on move a pixel by a whole step, weaker
            ones by less; near 0 the step is the gradient's sign.
        coarse: The share of the gradient that is blurred, so that coarse patterns count for more.
        views: How the views are drawn.
    """

    steps: int
    step_size: float = 0.15
    last_step_size: float | None = None
    momentum: float = 0.9
    softness: float = 0.5
    coarse: float = 0.0
    views: ViewSettings = field(default_factory=ViewSettings)

    def solve(
        self,
        batch: Batch,
        surrogates: Sequence[Recognizer],
        objective: Objective,
        budget: Budget,
        seed: int = 0,
        on_step: Callable[[int], None] | None = None,
    ) -> Perturbation:
        """The perturbation of a batch's images, within the budget.

        Args:
            batch: The patches.
            surrogates: The recognisers the objective looks through; differentiable.
            objective: What is minimised.
            budget: How far pixels may move.
            seed: With the patches' own content, decides everything random.
            on_step: Called with each step's number, from 1.

        Returns:
            Of (B, 3, H, W).
        """
        images, device = batch.images, batch.images.device
        room = budget.room(images, batch.mask, batch.grey)
        matrices = [batch.matrices(surrogate.crop) for surrogate in surrogates]
        with torch.no_grad(), crafting_autocast(device):
            clean = [
                _float(surrogate.view(warp(images[batch.owner], matrix, surrogate.crop.size)))
                for surrogate, matrix in zip(surrogates, matrices, strict=True)
            ]
        scene = Scene(batch, surrogates, clean)
        start, jitter = self._draws(batch, seed)
        delta = room.kept(start.to(device))
        # What has a canvas's size is allotted once: new memory takes longer than the arithmetic.
        memory, moved = torch.zeros_like(delta), torch.empty_like(delta)
        for step, view in enumerate(self.views.schedule(self.steps, seed)):
            # Rounding passes its gradient on, so that of the rounded images is that of the perturbation.
            rounded = round_(torch.add(images, delta, out=moved)).detach().requires_grad_()
            viewed, places = view.of_rounded(rounded)
            faces = viewed if len(batch.owner) == len(images) else viewed[batch.owner]
            errors = jitter[step].to(device)
            seen = []
            for surrogate, matrix in zip(surrogates, matrices, strict=True):
                crops = cut_out(faces, places, matrix, errors, surrogate.crop.size, view)
                with crafting_autocast(device):
                    seen.append(_float(surrogate.view(crops)))
            (gradient,) = torch.autograd.grad(objective.loss(scene, seen).sum(), rounded)
            gradient = partly_blurred(gradient, self.coarse)
            direction = direction_of(gradient, memory, self.momentum, self.softness)
            delta.addcmul_(room.limits, direction, value=-self._size(step))
            room.kept(delta, out=delta)
            if on_step is not None:
                on_step(step + 1)
        return Perturbation(delta, memory.neg_())

    def _size(self, step: int) -> float:
        """How far a pixel moves in a step, counted from 0."""
        if self.last_step_size is None:
            return self.step_size
        left = 1 - step / max(1, self.steps - 1)
        return self.last_step_size + (self.step_size - self.last_step_size) * left**3

    def _draws(self, batch: Batch, seed: int) -> tuple[Tensor, Tensor]:
        """Where each image starts, (B, 3, H, W), and each face's jitter, (steps, F, 4)."""
        start = torch.zeros_like(batch.images, device="cpu")
        jitter = []
        for image, patch in enumerate(batch.patches):
            generator = torch.Generator().manual_seed((patch.key ^ seed * 0x9E3779B1) % 2**63)
            height, width = patch.size
            start[image, :, :height, :width] = torch.rand(3, height, width, generator=generator) - 0.5
            jitter += [self.views.draw_jitter(self.steps, generator) for _ in patch.faces]
        return start * _START, torch.stack(jitter, dim=1)


def _float(views: Views) -> Views:
    """The same views in float32, whatever the surrogate computed in."""
    return Views(views.embedding.float(), [feature.float() for feature in views.features])


def cloaking_solver() -> Solver:
    """How cloaks are searched for: from one step over the whole budget to small ones, in varying detail."""
    views = ViewSettings(least_detail=0.55)
    return Solver(steps=48, step_size=1.0, last_step_size=0.06, softness=0.1, coarse=0.25, views=views)
