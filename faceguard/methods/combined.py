"""Combined protection: one budget for an album of one person, or of labelled people, against both threats.

Against training, all photos of a person wear the person's blocks (`separable`: D. Yu et al., KDD 2022), which
a recogniser that is trained on them shall learn instead of the face. Against enrolment, each photo wears a
cloak on top (`cloak`), crafted around the blocks within what they leave of the budget, which moves the face's
embedding away from the person's in a recogniser that is trained already. Each answers its own threat and does
little against the other. No paper is followed beyond those of its two parts.

Measured at 8 of 255, one seed. Enrolment, with earlier blocks, each of a colour of its own: CelebA, rank-1 of
the clean probes among 100 people, the person's 10 gallery photos protected on dlib, saved as JPEG 90,
landmarks as found before. With a share of 0.3, 4 people and 39 probes: 0 % on dlib, but 95 % on ArcFace,
which it was not crafted on (100 % both when clean); SSIM on the face 0.94. With 0.5, 2 people and 20 probes:
15 % and 90 %, SSIM 0.96.

Training: blocks alone at 4 of 255, what a share of 0.5 leaves them here, let a small network that is
trained from scratch on aligned crops of 100 people name 14.9 % of 397 clean photos rightly (one seed; 68 %
after clean training, 4.4 % at 8 of 255). With the cloak on top it was measured with the earlier blocks
only, on 20 people, 79 test crops (plus or minus 11 points) and a cloak of 7 steps:
54 %, against 59 % after clean training and 61 % with those blocks alone. So how much the cloak undoes is
not known.

What was tried and did worse: perturbations that keep the blocks only on local average, so that the cloak has
nearly all of the budget on either side, had 75 % rank-1 on dlib where this has 15 %.

Cost: a cloak's for each photo, about 0.6 CPU seconds. What defeats it: whatever defeats either part: other
recognisers, galleries with clean photos and retraining the cloak; adversarial training, compression,
purifiers and clean photos in the training set the blocks. Without labels the blocks depend on the album's
photos: who adds photos later should name the person with a label file, so that they wear the same blocks.
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
from faceguard.methods.cloak import AwayFromPerson
from faceguard.methods.separable import Separable
from faceguard.people.person_means import People
from faceguard.settings.surrogates import load_surrogates
from recognizers import Recognizer


@dataclass(frozen=True)
class AroundShortcut(Budget):
    """A budget of which a shortcut has a share: perturbations stay within the rest of it around the shortcut.

    Attributes:
        shortcut: (B, 3, H, W), in units of the images: the share, with its signs.
        rest: What is left of the budget, 0..1.
    """

    shortcut: Tensor = field(default_factory=lambda: torch.zeros(1))
    rest: float = 1.0

    def room(self, images: Tensor, mask: Tensor, grey: Tensor) -> Room:
        """See `Budget`; and no further from the shortcut than what is left."""
        whole = super().room(images, mask, grey)
        free, shortcut = whole.limits * self.rest, whole.kept(self.shortcut)
        low = torch.maximum(shortcut - free, whole.low)
        return replace(whole, low=low, high=torch.minimum(shortcut + free, whole.high))


@dataclass(frozen=True)
class Combined:
    """The protection's settings; calling it crafts.

    Attributes:
        budget: How far pixels may move, by both together.
        share: What of the budget the blocks have, 0..1; the cloak has the rest.
        surrogates: The recognisers the cloak is crafted on, by name.
        solver: How the cloak is searched for.
        own: Weight of the similarity to the photo's own embedding.
        person: Weight of the similarity to the person's mean embedding.
        features: Weight of the similarity to the photo's own intermediate features.
    """

    name = "combined"
    threat = "both"
    fewest_people = 1
    per_person = False

    budget: Budget
    surrogates: tuple[str, ...] = ("dlib",)
    share: float = 0.5
    solver: Solver = field(default_factory=cloaking_solver)
    own: float = 1.0
    person: float = 1.0
    features: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"the share of the blocks is between 0 and 1, not {self.share}")

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
            own.append(_embedded(patch, surrogates, device))
            people.add(own[-1])
        noise = Noise.zero(faces, per_person=False)
        done = 0
        for number, placed in enumerate(grouped(list(enumerate(faces.patches))), start=1):
            group = [place for place, _ in placed]
            means = people.means([torch.cat([own[i][s] for i in group]) for s in range(len(surrogates))])
            self._craft(faces, group, noise, surrogates, means, device, seed)
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
        means: Sequence[Tensor],
        device: torch.device,
        seed: int,
    ) -> None:
        """Crafts the perturbations of some patches."""
        stacked = batch([faces.patches[place] for place in group], device)
        separable = Separable(Budget(self.share * self.budget.epsilon))
        shortcuts = torch.zeros_like(stacked.images)
        for row, place in enumerate(group):
            patch = faces.patches[place]
            mask = separable.mask(faces.people[faces.labels[place]], (MASK_CROP.size,) * 2, seed) * fading()
            height, width = patch.size
            shortcuts[row, :, :height, :width] = laid_on(patch, mask).to(device)
        budget = AroundShortcut(**vars(self.budget), shortcut=shortcuts, rest=1 - self.share)
        objective = AwayFromPerson([mean.to(device) for mean in means], self.own, self.person, self.features)
        noise.learn(group, self.solver.solve(stacked, surrogates, objective, budget, seed))


@torch.no_grad()
def _embedded(patch: Patch, surrogates: Sequence[Recognizer], device: torch.device) -> list[Tensor]:
    """What each surrogate makes of a patch's faces, (F, D)."""
    alone = batch([patch], device)
    still = torch.zeros_like(alone.images)
    return [surrogate.embed(plain_crops(alone, still, surrogate.crop)) for surrogate in surrogates]
