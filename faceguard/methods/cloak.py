"""The cloak, for the enrolment threat: a tracker puts your photos into the gallery of a frozen recogniser.

Each face's embedding is pushed away from the photo's own, from the person's mean where the album shows
several photos of them, and from its intermediate features (so that recognisers never seen in crafting lose it
too). Untargeted, in the spirit of Fawkes v1.0 (Shan et al. 2020) and LowKey (Cherepanova et al. 2021); the
intermediate features follow Inkawhich et al. 2019. A tracker that retrains its recogniser on cloaked photos
defeats it (Radiya-Dixit et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.engine.objective import Scene
from faceguard.engine.patches import Patch, batch
from faceguard.engine.solver import Solver, cloaking_solver
from recognizers import Recognizer, Views


@dataclass(frozen=True, eq=False)
class AwayFromPerson:
    """The cloak's objective.

    Attributes:
        means: For each surrogate, (F, D): the mean embedding of the person on each face.
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's mean.
        features: Weight of the mean similarity to the photo's own intermediate features, less their averages.
    """

    means: Sequence[Tensor]
    own: float
    person: float
    features: float

    def loss(self, scene: Scene, seen: Sequence[Views]) -> Tensor:
        """(F,): the weighted cosine similarities, meaned over surrogates."""
        losses = [
            self._one(clean, now, mean)
            for clean, now, mean in zip(scene.clean, seen, self.means, strict=True)
        ]
        return torch.stack(losses).mean(0)

    def _one(self, clean: Views, now: Views, mean: Tensor) -> Tensor:
        loss = self.own * F.cosine_similarity(now.embedding, clean.embedding)
        loss = loss + self.person * F.cosine_similarity(now.embedding, mean)
        if self.features and now.features:
            alike = [
                F.cosine_similarity(_over_places(feature), _over_places(before))
                for feature, before in zip(now.features, clean.features, strict=True)
            ]
            loss = loss + self.features * torch.stack(alike).mean(0)
        return loss


def _over_places(feature: Tensor) -> Tensor:
    """What an activation (F, C, H, W) has at each place more than on average, flat.

    The channels' averages are much the same for all faces; what tells faces apart is where they are high.
    """
    return (feature - feature.mean((2, 3), keepdim=True)).flatten(1)


@dataclass(frozen=True)
class FeatureCloak:
    """The cloak's settings; calling it perturbs.

    Attributes:
        budget: How far pixels may move.
        solver: How the perturbation is searched for.
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's mean embedding.
        features: Weight of the similarity to the photo's own intermediate features.
    """

    name = "cloak"
    threat = "enrolment"

    budget: Budget
    solver: Solver = field(default_factory=cloaking_solver)
    own: float = 1.0
    person: float = 1.0
    features: float = 1.0

    def __call__(
        self,
        patches: Sequence[Patch],
        surrogates: Sequence[Recognizer],
        means: Sequence[Tensor],
        device: torch.device,
        seed: int = 0,
        on_step: Callable[[int], None] | None = None,
    ) -> list[Tensor]:
        """Perturbations of patches' canvases, each (3, h, w), in units of 0..1.

        Args:
            patches: What to perturb.
            surrogates: Differentiable recognisers.
            means: For each surrogate, (F, D): the mean embedding of the person on each face, in the order
                of the patches and of the faces within them; the face's own where nothing else is known.
            device: Where to compute.
            seed: Decides everything random, with the patches' content.
            on_step: Called with each step's number.
        """
        stacked = batch(patches, device)
        objective = AwayFromPerson([mean.to(device) for mean in means], self.own, self.person, self.features)
        deltas = self.solver.solve(stacked, surrogates, objective, self.budget, seed, on_step)
        return [
            delta[:, : patch.size[0], : patch.size[1]] for delta, patch in zip(deltas, patches, strict=True)
        ]


def usual_cloak(budget: Budget) -> FeatureCloak:
    """The cloak as `faceguard protect` uses it: with less of a budget where the eye sees most."""
    return FeatureCloak(replace(budget, smooth=0.9, busy=6.0))
