"""Online gradient alignment, for the training threat: photos are protected one by one, as they come.

L. Fowl et al., Preventing Unauthorized Use of Proprietary Data: Poisoning for Secure Dataset Release (2021,
arXiv 2103.02683), section 3.2, "independent" crafting.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import Extraction
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.patches import Patch, batch
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.alignment_target import TargetSettings
from faceguard.methods.clean_surrogate import aligned_surrogate
from faceguard.methods.random_start import random_start
from faceguard.methods.regularizers import Regularizers
from faceguard.methods.signed_adam import SignedAdam
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers.training.augmentation import flipped_and_shifted
from recognizers.training.randomness import seeded


@dataclass(frozen=True)
class OnlineAlignment:
    """The poison's settings; calling it crafts for a data set, `key` and `perturbation` for a stream.

    Attributes:
        budget: How far pixels may move.
        surrogate: The model that is trained first, on the clean photos.
        target: Where its weights should be pulled.
        steps: How often a photo is improved, each time through another view.
        optimizer: How the perturbation is searched for.
        regularizers: What a perturbation is charged for beside.
        extraction: How the tracker's handling of photos is drawn.
    """

    name = "gradient-alignment-online"
    threat = "training"
    fewest_people = 2
    per_person = False

    budget: Budget
    surrogate: SurrogateTraining = field(default_factory=SurrogateTraining)
    target: TargetSettings = field(default_factory=TargetSettings)
    steps: int = 30
    optimizer: SignedAdam = field(default_factory=SignedAdam)
    regularizers: Regularizers = field(default_factory=Regularizers)
    extraction: Extraction = field(default_factory=Extraction)

    def key(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_epoch: Callable[[int, float], None] | None = None,
    ) -> AlignmentKey:
        """What has to be known to protect any photo of these people.

        Args:
            faces: Patches of all the people; photos that are never released serve as well.
            device: Where to compute.
            seed: Decides everything random.
            on_epoch: Called after each epoch of the surrogate's training, as in `__call__`.

        Raises:
            ValueError: There are fewer than two people.
        """
        if len(faces.people) < 2:
            raise ValueError("gradient alignment needs photos of at least two people")
        target = aligned_surrogate(self.surrogate, self.target, faces, device, seed, on_epoch)
        settings = json.loads(json.dumps({"seed": seed, **dataclasses.asdict(self)}, default=str))
        return AlignmentKey(target, faces.people, settings)

    def perturbation(self, key: AlignmentKey, patch: Patch, person: str, seed: int = 0) -> Tensor:
        """One patch's perturbation, (3, h, w), in units of 0..1; it depends on no other photo.

        Args:
            key: From `key`, or read from its file.
            patch: The patch.
            person: Whom it shows.
            seed: Decides everything random, with the patch's content.

        Raises:
            SettingsError: The key does not know the person.
        """
        target = key.target
        stacked = batch([patch], target.device)
        labels = torch.full((len(stacked.owner),), key.label(person), device=target.device)
        limits = self.budget.limits(stacked.images, stacked.mask)
        delta = random_start(patch, self.budget, seed)[None].to(target.device)
        moment = torch.zeros_like(delta)
        training = self.surrogate.training
        for number in range(self.steps):
            delta.requires_grad_()
            place = (seed, patch.key, "online", number)
            crops = self.extraction.crops(stacked, delta, target.model.crop, *place)
            with seeded(*place, "varied", device=target.device):
                shown = flipped_and_shifted(crops, training.flip, training.shift)
            loss = 1 - target.pull(shown, labels).cosine_of_fixed_length
            costs = self.regularizers.costs(stacked.images, delta, self.budget.epsilon / 255).mean()
            (gradient,) = torch.autograd.grad(loss + costs, delta)
            with torch.no_grad():
                moment = self.optimizer.remembered(moment, gradient)
                moved = delta - self.optimizer.step(moment, limits, number, self.steps)
                delta = self.budget.project(moved, limits, stacked.images, stacked.grey)
        return delta.detach()[0].cpu()

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """The noise of labelled patches, within the budget before rounding; each is crafted alone.

        Args:
            faces: The patches.
            device: Where to compute.
            seed: Decides everything random.
            on_round: Called after each epoch of the surrogate's training with its number, from 1, and the
                share of its last batch that was named wrongly.

        Raises:
            ValueError: There are fewer than two people: nobody could be named wrongly.
        """
        key = self.key(faces, device, seed, on_round)
        noise = Noise.zero(faces, per_person=False)
        for place, (patch, label) in enumerate(zip(faces.patches, faces.labels, strict=True)):
            noise.values[place] = self.perturbation(key, patch, faces.people[label], seed)
        return noise
