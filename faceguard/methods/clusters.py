"""Unlearnable clusters, for the training threat, without labels: faces that look alike wear one noise.

J. Zhang et al., Unlearnable Clusters: Towards Label-agnostic Unlearnable Examples (CVPR 2023): photos are
grouped by k-means on a finished model's features, and each group wears one noise that pushes its features
towards the next group's centre. Whatever names a tracker gives the photos, they learn the groups' noise.

What differs from the paper: features are the embedded face recogniser's, not CLIP's, and there are as many
groups as give the best silhouette, not ten; so groups come out close to people: 1,593 crops of 100 CelebA
people make about 100 groups, and 94 % of the crops show their group's most frequent person. The noise is
optimised directly, by the squared distance to the centre, not by a generator and a divergence: a coarse grid,
interpolated, stands in for the generator's smoothness. And it begins with `separable`'s blocks.

Measured at 8 of 255 on those crops at half size (56 pixels), one seed: a small network names 16.1 % of 397
clean photos rightly after 10 epochs (42.1 % after clean training), with three steps over two faces; and with
`start` 0.5 still 40.6 %: with half the budget the noise does not outweigh the faces. Both with earlier
blocks, each of a colour of its own: those of one colour are far stronger (see `separable`), but were not
measured here, and neither was any defence.

Cost: one look at each face, k-means for some numbers of clusters, and `steps` times `faces_at_once` looks
with gradients for each cluster. What defeats it: adversarial training, strong JPEG compression, greyscale,
purifiers, and clean photos of the same people. It does nothing against a recogniser that is not trained on
the photos.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

import recognizers
from faceguard.engine.budget import Budget
from faceguard.engine.descent import direction_of
from faceguard.engine.extraction import Extraction
from faceguard.engine.face_clusters import MATCHER, FaceClusters, looks
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.patches import Batch, Patch, batch
from faceguard.methods.separable import Separable
from recognizers import Recognizer
from recognizers.training.randomness import seed_for


@dataclass(frozen=True)
class Clusters:
    """The noise's settings; calling it groups faces and crafts.

    Attributes:
        budget: How far pixels may move.
        count: How many clusters there are; where not given, as the faces themselves suggest.
        steps: How many steps each cluster's noise takes.
        faces_at_once: How many of a cluster's faces each step looks at.
        step_size: How far a value moves in a step, as a share of its limit.
        momentum: How much of the steps before counts in the next.
        softness: As the solver's.
        grid: How many values the noise has along each side; between them it is interpolated.
        start: The share of the budget that the noise begins with: blocks of colour, drawn at random.
        extraction: How the tracker's handling of photos is drawn.
    """

    name = "clusters"
    threat = "training"
    fewest_people = 1
    per_person = True

    budget: Budget
    count: int | None = None
    steps: int = 6
    faces_at_once: int = 4
    step_size: float = 0.2
    momentum: float = 0.9
    softness: float = 0.5
    grid: int = 16
    start: float = 1.0
    extraction: Extraction = field(default_factory=Extraction)

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """One perturbation for each cluster, in canvases of one size.

        Args:
            faces: The patches; their labels do not count.
            device: Where to compute.
            seed: Decides everything random.
            on_round: Called after each step with its number, from 1, and the share of the faces it looked at
                that the recogniser no longer put into their own cluster.

        Raises:
            ValueError: The canvases are not all of one size.
        """
        if len({patch.size for patch in faces.patches}) != 1:
            raise ValueError("one perturbation for each cluster needs canvases of one size")
        recognizer = recognizers.load(MATCHER, device)
        embeddings = looks(faces.patches, recognizer, device)
        clusters = FaceClusters.fit(embeddings, seed, self.count)
        owner = clusters.nearest(embeddings)
        members = [
            [p for p, its in zip(faces.patches, owner, strict=True) if its == k]
            for k in range(clusters.count)
        ]
        size = faces.patches[0].size
        worn = [_Worn(self._start(k, seed).to(device), size) for k in range(clusters.count)]
        targets = clusters.centres.roll(-1, dims=0).to(device)
        for step in range(self.steps):
            wrong = looked_at = 0
            for k in range(clusters.count):
                key = (seed, "clusters", k, step)
                stacked = batch(self._chosen(members[k], *key), device)
                seen = self._step(worn[k], stacked, targets[k], recognizer, key)
                wrong += sum(nearest != k for nearest in clusters.nearest(seen))
                looked_at += len(seen)
            if on_round is not None:
                on_round(step + 1, wrong / looked_at)
        most = faces.patches[0].mask * (self.budget.epsilon / 255)
        values = [torch.minimum(torch.maximum(its.spread()[0].cpu(), -most), most) for its in worn]
        return Noise(values, owner, list(clusters.centres))

    def _start(self, cluster: int, seed: int) -> Tensor:
        """Where a cluster's noise begins: (1, 3, grid, grid)."""
        blocks = Separable(self.budget).mask(f"cluster {cluster}", (self.grid, self.grid), seed)
        return self.start * blocks[None]

    def _chosen(self, members: Sequence[Patch], *key: int | str) -> list[Patch]:
        """Some of a cluster's faces."""
        generator = torch.Generator().manual_seed(seed_for(*key))
        order = torch.randperm(len(members), generator=generator)
        return [members[place] for place in order[: self.faces_at_once].tolist()]

    def _step(
        self, worn: _Worn, stacked: Batch, target: Tensor, recognizer: Recognizer, key: tuple[int | str, ...]
    ) -> Tensor:
        """Moves a cluster's noise one step, and says where its faces were before: (F, D), on the CPU."""
        images = stacked.images
        room = self.budget.room(images, stacked.mask, stacked.grey)
        values = worn.values.requires_grad_()
        delta = room.kept(worn.spread().expand_as(images))
        crops = self.extraction.crops(stacked, delta, recognizer.crop, *key)
        seen = recognizer.embed(crops.flip(3) if worn.steps % 2 else crops).float()
        (gradient,) = torch.autograd.grad((seen - target).square().sum(), values)
        limit = self.budget.epsilon / 255
        with torch.no_grad():
            direction = direction_of(gradient, worn.memory, self.momentum, self.softness)
            worn.values = (values - self.step_size * limit * direction).clamp(-limit, limit)
        worn.steps += 1
        return seen.detach().cpu()


class _Worn:
    """A cluster's noise along the way: values (1, 3, grid, grid), spread over canvases of a size."""

    def __init__(self, values: Tensor, size: tuple[int, ...]) -> None:
        self.values = values
        self.memory = torch.zeros_like(values)
        self.size = size
        self.steps = 0

    def spread(self) -> Tensor:
        """The noise at the canvases' size: (1, 3, h, w)."""
        return F.interpolate(self.values, self.size, mode="bilinear", align_corners=False)
