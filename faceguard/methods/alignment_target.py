"""Where poisoned photos should pull a model: the target gradient, and how far a gradient agrees with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from faceguard.engine.precision import crafting_autocast
from faceguard.methods.reverse_cross_entropy import reverse_cross_entropy
from recognizers.training import FaceClassifier
from recognizers.training.classifier import as_float
from recognizers.training.randomness import seed_for

Goal = Literal["away", "next"]


@dataclass(frozen=True)
class TargetSettings:
    """Which gradient is aimed at. The paper's is `TargetSettings("away", per_person=False, aligned=None)`.

    Attributes:
        goal: What descending along it would teach the model: "away", to name nobody rightly (reverse
            cross-entropy on scores without a margin), or "next", to take everyone for the next person,
            (y + 1) modulo their number (cross-entropy on the scores as they are trained).
        per_person: Whether there is a target for each name, made of the photos that are to be taught
            under it, else one of all photos. One for all is mostly what all people have in common, and
            agreeing with that harms nobody.
        aligned: How many of the model's weight tensors are looked at, counted from its output; None for all.
            The fewer, the faster: nothing has to be differentiated twice below them.
        photos: The share of each person's photos that the gradient is taken over, drawn at random, and at
            least one.
    """

    goal: Goal = "next"
    per_person: bool = True
    aligned: int | None = 1
    photos: float = 1.0

    def __post_init__(self) -> None:
        if self.goal not in get_args(Goal):
            raise ValueError(f"no goal {self.goal!r}; there are {', '.join(get_args(Goal))}")
        if self.aligned is not None and self.aligned < 1:
            raise ValueError(f"at least one weight tensor is aligned, not {self.aligned}")
        if not 0 < self.photos <= 1:
            raise ValueError(f"the share of photos must be above 0 and at most 1, not {self.photos}")

    def taught(self, labels: Tensor, people: int) -> Tensor:
        """The names that photos of some people are to be taught under."""
        return labels if self.goal == "away" else (labels + 1) % people

    def losses(self, model: FaceClassifier, crops: Tensor, labels: Tensor) -> Tensor:
        """(B,): what the target gradient lowers, L' in the paper."""
        if self.goal == "away":
            return reverse_cross_entropy(model.logits(crops), labels)
        return model.losses(crops, self.taught(labels, model.head.classes))


class AlignmentTarget:
    """A model and the directions its weights should be pulled in.

    Args:
        model: It stays in evaluation mode, so that what one photo does to it depends on no other.
        directions: Weight name -> target gradients (people, *shape), or (1, *shape) where all have one; for
            the weights that are looked at. Each is brought to length 1 over all weights: with any other
            length the inequality of Proposition 1 would say nothing.
    """

    def __init__(self, model: FaceClassifier, directions: Mapping[str, Tensor]) -> None:
        self.model = model.eval()
        named = dict(model.named_parameters())
        for name, weight in named.items():
            weight.requires_grad_(name in directions)
        self._weights = [named[name] for name in directions]
        squares = [part.square().flatten(1).sum(1) for part in directions.values()]
        lengths = torch.stack(squares).sum(0).sqrt().clamp_min(torch.finfo(squares[0].dtype).tiny)
        self.directions = {
            name: (part / lengths.view(-1, *[1] * (part.ndim - 1))).detach()
            for name, part in directions.items()
        }

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self._weights[0].device

    @property
    def per_person(self) -> bool:
        """Whether there is a direction for each person."""
        return len(next(iter(self.directions.values()))) > 1

    def pull(self, crops: Tensor, labels: Tensor) -> Pull:
        """The gradient of training on crops, as a graph that can be differentiated again.

        Args:
            crops: (B, 3, size, size), RGB, 0..1.
            labels: (B,), int64; all the same where each person has their own target.

        Raises:
            ValueError: They are not.
        """
        place = int(labels[0]) if self.per_person else 0
        if self.per_person and bool((labels != place).any()):
            raise ValueError("crops of one person at a time are aligned with that person's target")
        with crafting_autocast(crops.device):
            embeddings = self.model.embed(crops)
        embeddings = embeddings.float() if embeddings.dtype == torch.bfloat16 else embeddings
        loss = self.model.head.losses(embeddings, labels).mean()
        gradients = torch.autograd.grad(loss, self._weights, create_graph=True)
        with torch.no_grad():
            wrong = (self.model.head.logits(embeddings).argmax(1) != labels).float().mean()
        along = inner([part[place] for part in self.directions.values()], gradients)
        return Pull(along, length(gradients), float(wrong))

    def disagreement(self, crops: Tensor, label: int) -> Tensor:
        """How little crops of one person pull along the target, their pull's length aside: a scalar."""
        labels = torch.full((len(crops),), label, device=crops.device)
        return -self.pull(crops, labels).cosine_of_fixed_length

    @classmethod
    def of(
        cls,
        model: FaceClassifier,
        data: tuple[Tensor, Tensor],
        settings: TargetSettings,
        *,
        flip: bool,
        seed: int,
    ) -> AlignmentTarget:
        """The target over clean photos.

        Args:
            model: The surrogate, trained.
            data: Crops (N, 3, size, size), uint8 or float 0..1, and labels (N,), int64; of every class.
            settings: Which gradient is aimed at.
            flip: Whether mirrored crops count as much as the crops.
            seed: Draws the photos, where not all count.
        """
        model.eval()
        names = aligned_weights(model, settings.aligned)
        named = dict(model.named_parameters())
        weights = [named[name] for name in names]
        device, people = weights[0].device, model.head.classes
        crops, labels = data
        drawn = _drawn(labels, settings.photos, seed)
        rows = people if settings.per_person else 1
        totals = [torch.zeros(rows, *weight.shape, dtype=weight.dtype, device=device) for weight in weights]
        # One person's photos at a time: they are taught under one name.
        for places in drawn:
            row = int(settings.taught(labels[places[:1]], people)) if settings.per_person else 0
            shown, its = as_float(crops[places].to(device)), labels[places].to(device)
            loss = settings.losses(model, shown, its).sum()
            if flip:
                loss = loss + settings.losses(model, shown.flip(3), its).sum()
            for total, gradient in zip(totals, torch.autograd.grad(loss, weights), strict=True):
                total[row] += gradient
        return cls(model, dict(zip(names, totals, strict=True)))


def _drawn(labels: Tensor, share: float, seed: int) -> list[Tensor]:
    """Places of a share of each person's photos, at least one."""
    drawn = []
    for person in labels.unique().tolist():
        places = (labels == person).nonzero()[:, 0]
        generator = torch.Generator().manual_seed(seed_for(seed, "target photos", person))
        order = torch.randperm(len(places), generator=generator)
        drawn.append(places[order[: max(1, round(share * len(places)))].sort().values])
    return drawn


@dataclass(frozen=True, eq=False)
class Pull:
    """A crafting gradient beside the target.

    Attributes:
        along: Its inner product with the target's direction; a scalar tensor with its graph.
        length: Its own length; likewise.
        wrong: The share of the crops that the model names wrongly.
    """

    along: Tensor
    length: Tensor
    wrong: float

    @property
    def cosine(self) -> Tensor:
        """How far the two agree, -1..1; equation 3 is one less this."""
        return self.along / self.length

    @property
    def cosine_of_fixed_length(self) -> Tensor:
        """The same value, differentiated as if the length were a constant: the paper's "independent" form."""
        return self.along / self.length.detach()


def aligned_weights(model: FaceClassifier, count: int | None) -> list[str]:
    """The names of the weights that are looked at: so many counted from the output, or all."""
    names = [name for name, weight in model.named_parameters() if weight.requires_grad]
    return names if count is None else names[-count:]


def inner(first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
    """The inner product of two gradients over all weights."""
    return torch.stack([(a * b).sum() for a, b in zip(first, second, strict=True)]).sum()


def length(gradients: Sequence[Tensor]) -> Tensor:
    """The length of a gradient over all weights."""
    return torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
