"""The cloak, for the enrolment threat: a tracker puts your photos into the gallery of a frozen recogniser.

Each face's embedding is pushed away from the photo's own, and from the person's mean where the album shows
several photos of them. Its intermediate features are pushed away from what the person's have on average and
faces in general, the album's others among them, have not, so that recognisers never seen in crafting lose the
person too; and, by half as much, from what faces in general have. Untargeted, in the spirit of Fawkes v1.0
(Shan et al. 2020) and LowKey (Cherepanova et al. 2021); the intermediate features follow Inkawhich et al.
2019. A tracker that retrains its recogniser on cloaked photos defeats it (Radiya-Dixit et al. 2022).
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
from faceguard.engine.perturbation import Perturbation
from faceguard.engine.solver import Solver, cloaking_solver
from recognizers import Recognizer, Views


@dataclass(frozen=True, eq=False)
class AwayFromPerson:
    """The cloak's objective.

    Attributes:
        people: For each surrogate, what it makes of the person on each face: embeddings (F, D) and
            activations (F, channels, height, width), zero where nothing is known of the person.
        typical: And the activations that faces in general give it, (F, channels, height, width).
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's embedding.
        features: Weight of the mean similarity to the person's activations, both less the typical ones.
        faces: Weight of the mean similarity to the typical activations, where the person's count at all.
    """

    people: Sequence[Views]
    typical: Sequence[Sequence[Tensor]]
    own: float
    person: float
    features: float
    faces: float

    def loss(self, scene: Scene, seen: Sequence[Views]) -> Tensor:
        """(F,): the weighted cosine similarities, meaned over surrogates."""
        losses = [self._one(*each) for each in zip(scene.clean, seen, self.people, self.typical, strict=True)]
        return torch.stack(losses).mean(0)

    def _one(self, clean: Views, now: Views, person: Views, typical: Sequence[Tensor]) -> Tensor:
        loss = self.own * F.cosine_similarity(now.embedding, clean.embedding)
        loss = loss + self.person * F.cosine_similarity(now.embedding, person.embedding)
        if self.features and now.features:
            known = person.features or clean.features  # of an album that nobody was looked at in, nothing is
            groups = zip(now.features, known, clean.features, typical, strict=True)
            alike = [
                _cosine(feature - usual, _known(theirs, own) - usual)
                for feature, theirs, own, usual in groups
            ]
            loss = loss + self.features * torch.stack(alike).mean(0)
            like_all = [_cosine(feature, usual) for feature, usual in zip(now.features, typical, strict=True)]
            loss = loss + self.faces * torch.stack(like_all).mean(0)
        return loss


def _cosine(first: Tensor, second: Tensor) -> Tensor:
    """(F,): of activations (F, channels, height, width)."""
    return F.cosine_similarity(first.flatten(1), second.flatten(1))


def _known(person: Tensor, own: Tensor) -> Tensor:
    """The person's activations, the face's own where nothing is known of the person."""
    unknown = person.flatten(1).eq(0).all(1).view(-1, 1, 1, 1)
    return torch.where(unknown, own, person)


def away_from(
    means: Sequence[Views],
    typical: Sequence[Sequence[Tensor]],
    device: torch.device,
    own: float,
    person: float,
    features: float,
    faces: float,
) -> AwayFromPerson:
    """The objective for faces of these people, see `People.means` and `People.typical`."""
    people = [Views(mean.embedding.to(device), [f.to(device) for f in mean.features]) for mean in means]
    usual = [[feature.to(device) for feature in each] for each in typical]
    return AwayFromPerson(people, usual, own, person, features, faces)


@dataclass(frozen=True)
class FeatureCloak:
    """The cloak's settings; calling it perturbs.

    Attributes:
        budget: How far pixels may move.
        solver: How the perturbation is searched for.
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's mean embedding.
        features: Weight of the similarity to the person's intermediate features, less those of all faces.
        faces: Weight of the similarity to the intermediate features of all faces.
    """

    name = "cloak"
    threat = "enrolment"

    budget: Budget
    solver: Solver = field(default_factory=cloaking_solver)
    own: float = 1.0
    person: float = 1.0
    features: float = 2.0
    faces: float = 1.0

    def __call__(
        self,
        patches: Sequence[Patch],
        surrogates: Sequence[Recognizer],
        means: Sequence[Views],
        typical: Sequence[Sequence[Tensor]],
        device: torch.device,
        seed: int = 0,
        on_step: Callable[[int], None] | None = None,
    ) -> list[Perturbation]:
        """Perturbations of patches' canvases, each of (3, h, w).

        Args:
            patches: What to perturb.
            surrogates: Differentiable recognisers.
            means: For each surrogate, what it makes of the person on each face on average, in the order of
                the patches and of the faces within them: see `People.means`.
            typical: And the activations that faces in general give it, see `People.typical`.
            device: Where to compute.
            seed: Decides everything random, with the patches' content.
            on_step: Called with each step's number.
        """
        stacked = batch(patches, device)
        objective = away_from(means, typical, device, self.own, self.person, self.features, self.faces)
        found = self.solver.solve(stacked, surrogates, objective, self.budget, seed, on_step)
        return [found.of(image, patch.size) for image, patch in enumerate(patches)]


def usual_cloak(budget: Budget) -> FeatureCloak:
    """The cloak as `faceguard protect` uses it: with less of a budget where the eye sees most."""
    return FeatureCloak(replace(budget, smooth=0.9, busy=6.0))
