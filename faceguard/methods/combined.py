"""Combined protection: one budget for an album of one person, or of labelled people, against both threats.

Against training, all photos of a person wear the person's blocks (`separable`: D. Yu et al., KDD 2022), which
a recogniser that is trained on them shall learn instead of the face. Against enrolment, each photo wears a
cloak (`cloak`), which moves the face's embedding away from the person's in a recogniser that is trained
already. Each answers its own threat and does little against the other. No paper is followed beyond those of
its two parts.

The two share the budget by channels: the blocks have blue, which the eye sees least, and the cloak has red
and green, crafted around the blocks. In greyscale photos, whose channels move alike, the blocks have a third
of the budget and the cloak two thirds.

Measured at 8 of 255, one seed. Enrolment, `faceguard bench enroll`: CelebA, rank-1 of 199 clean probes of
20 people among 100, their 10 gallery photos protected on dlib, written and found again: dlib 0.5 %
(0.04-5.5), after half the size and JPEG 75 2.5 % (0.5-11.1); ArcFace, which it was not crafted on, 39.7 %
(23.4-58.6) and 39.7 % (24.5-57.2); a cloak alone leaves 0.0, 0.0, 8.0 and 11.1 %. On the faces SSIM 0.901,
PSNR 30.7 dB, FLIP 0.175 (0.889, 31.0 dB and 0.144): the tints are seen on smooth skin.

Training, through whole photos: a small network that is trained from scratch on 100 people names 14.9 %
(11.1-19.6) of 397 clean photos rightly (64.7 % after clean training; 4.8 % with `separable` alone, which has
all of the budget). With the cloak as it was before it took off what all faces have in common 15.6 % on
aligned crops; without a cloak the blocks leave 17.1 % there: it undoes nothing of them. Where only 20 of the
100 people wore that one, 35.0 % (21.9-50.8) of their 80 photos instead of 77.5 %.

What was tried and did worse (landmarks as found before; dlib, then ArcFace, n = 199): half of every channel
for each, 31.7 and 95.5 % for enrolment; blocks with a quarter of red and green beside all of blue, 1.5 and
86.9 %, for 12.8 % at training. Perturbations that keep the blocks only on local average left 75 % on dlib (20
probes).

Cost: a cloak's for each photo, about 0.5 CPU seconds. What defeats it: whatever defeats either part: other
recognisers, galleries with clean photos and retraining the cloak; greyscale, adversarial training, purifiers
and clean photos in the training set the blocks. Without labels the blocks depend on the album's photos: who
adds photos later should name the person with a label file, so that they wear the same blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from faceguard.engine.budget import Budget, Room
from faceguard.engine.extraction import plain_crops
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import MASK_CROP, fading
from faceguard.engine.noise import Noise
from faceguard.engine.patch_groups import grouped
from faceguard.engine.patches import Patch, batch
from faceguard.engine.shared_noise import laid_on
from faceguard.engine.solver import Solver, cloaking_solver
from faceguard.methods.cloak import AwayFromPerson, away_from
from faceguard.methods.separable import Separable
from faceguard.people.person_means import People
from faceguard.settings.surrogates import load_surrogates
from recognizers import Recognizer, Views


@dataclass(frozen=True)
class AroundShortcut(Budget):
    """A budget of which a shortcut has a part: perturbations stay within the rest of it around the shortcut.

    Attributes:
        shortcut: (B, 3, H, W), in units of the images: its part, with its signs.
        rest: RGB: what it leaves of each channel's budget, 0..1. A greyscale photo, whose channels must move
            alike, has their mean in all.
    """

    shortcut: Tensor = field(default_factory=lambda: torch.zeros(1))
    rest: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def room(self, images: Tensor, mask: Tensor, grey: Tensor) -> Room:
        """See `Budget`; and no further from the shortcut than what is left."""
        whole = super().room(images, mask, grey)
        rest = torch.tensor(self.rest).to(images).view(1, 3, 1, 1)
        free = whole.limits * torch.where(grey.view(-1, 1, 1, 1), rest.mean(), rest)
        shortcut = whole.kept(self.shortcut)
        low = torch.maximum(shortcut - free, whole.low)
        return replace(whole, low=low, high=torch.minimum(shortcut + free, whole.high))


@dataclass(frozen=True)
class Combined:
    """The protection's settings; calling it crafts.

    Attributes:
        budget: How far pixels may move, by both together.
        blocks: What a block adds or takes away, RGB, as shares of the budget, -1..1; the cloak has the rest
            of each channel's. Of colours with mixed signs, greyscale photos show little.
        surrogates: The recognisers the cloak is crafted on, by name.
        solver: How the cloak is searched for.
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's mean embedding.
        features: Weight of the similarity to the person's intermediate features, less those of all faces.
        faces: Weight of the similarity to the intermediate features of all faces.
    """

    name = "combined"
    threat = "both"
    fewest_people = 1
    per_person = False

    budget: Budget
    surrogates: tuple[str, ...] = ("dlib",)
    blocks: tuple[float, float, float] = (0.0, 0.0, 1.0)
    solver: Solver = field(default_factory=cloaking_solver)
    own: float = 1.0
    person: float = 1.0
    features: float = 2.0
    faces: float = 1.0

    def __post_init__(self) -> None:
        shares = [abs(share) for share in self.blocks]
        if len(shares) != 3 or max(shares) > 1 or not 0 < sum(shares) < 3:
            raise ValueError(
                f"blocks {self.blocks} are no RGB, exceed the budget, or leave one of the two nothing"
            )

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """The perturbation of each patch, within the budget before rounding.

        Args:
            faces: The patches.
            device: Where to compute.
            seed: With people's names and the patches' content, decides everything random.
            on_round: Called after each group of patches with its number, from 1, and the share of all
                patches that are not crafted yet.

        Raises:
            SettingsError: A surrogate cannot be had.
        """
        surrogates = load_surrogates(self.surrogates, device)
        people, own = People(surrogates), []
        for patch in faces.patches:
            seen = _seen(patch, surrogates, device)
            people.add(seen)
            own.append([views.embedding for views in seen])
        noise = Noise.zero(faces, per_person=False)
        done = 0
        for number, placed in enumerate(grouped(list(enumerate(faces.patches))), start=1):
            group = [place for place, _ in placed]
            asked = [torch.cat([own[i][s] for i in group]) for s in range(len(surrogates))]
            means, typical = people.means(asked), people.typical(asked, device)
            objective = away_from(means, typical, device, self.own, self.person, self.features, self.faces)
            self._craft(faces, group, noise, surrogates, objective, device, seed)
            done += len(group)
            if on_round is not None:
                on_round(number, 1 - done / len(own))
        return noise

    def _craft(
        self,
        faces: LabelledPatches,
        group: Sequence[int],
        noise: Noise,
        surrogates: Sequence[Recognizer],
        objective: AwayFromPerson,
        device: torch.device,
        seed: int,
    ) -> None:
        """Crafts the perturbations of some patches."""
        stacked = batch([faces.patches[place] for place in group], device)
        separable = Separable(Budget(self.budget.epsilon), colour=self.blocks)
        shortcuts = torch.zeros_like(stacked.images)
        for row, place in enumerate(group):
            patch = faces.patches[place]
            mask = separable.mask(faces.people[faces.labels[place]], (MASK_CROP.size,) * 2, seed) * fading()
            height, width = patch.size
            shortcuts[row, :, :height, :width] = laid_on(patch, mask).to(device)
        red, green, blue = (1 - abs(share) for share in self.blocks)
        budget = AroundShortcut(**vars(self.budget), shortcut=shortcuts, rest=(red, green, blue))
        noise.learn(group, self.solver.solve(stacked, surrogates, objective, budget, seed).delta)


@torch.no_grad()
def _seen(patch: Patch, surrogates: Sequence[Recognizer], device: torch.device) -> list[Views]:
    """What each surrogate makes of a patch's faces."""
    alone = batch([patch], device)
    still = torch.zeros_like(alone.images)
    return [surrogate.view(plain_crops(alone, still, surrogate.crop)) for surrogate in surrogates]
