"""Online gradient alignment, for the training threat: photos are protected one by one, as they come.

L. Fowl et al., Preventing Unauthorized Use of Proprietary Data: Poisoning for Secure Dataset Release (2021,
arXiv 2103.02683), section 3.2: with the crafting gradient's length as a constant, the agreement of a set of
photos with the target is a sum over its photos, and each can be perturbed alone. Proposition 1 says where
both give a pixel the same direction: where the length changes less with it than the inner product does. That
holds with the target brought to length 1; as printed, it depends on the target's length.

What a stream has to know lies in a key (`alignment_key`): the surrogate's weights, the target gradients, and
each person's pattern.
`faceguard.photo_stream` is the stream. People have to be in the key before their photos come.

What differs from the paper, what defeats it, and why the usual settings are as they are: see
`gradient_alignment`, which has the same.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each: a small network trained on them
names 5.5 % of 397 clean photos rightly (68.3 % after clean training, three seeds; one seed of the noise
and of the network). With nothing shared and 20 steps it was 36.0 %, where the surrogate itself still named
47 % of the protected photos rightly (one seed; in batches, through flips and shifts alone, by a closed form
of the same objective).

Cost: one training of the surrogate for the key; then, with the small surrogate, 0.1 s of one CPU core for
each face, and 0.2 s with finding it (one CelebA photo).
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
from faceguard.methods.shared_pattern import SharedPattern
from faceguard.methods.signed_adam import SignedAdam
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers.training.augmentation import flipped_and_shifted
from recognizers.training.randomness import seeded

_TOLD_EVERY = 32  # patches: how often crafting a data set tells how far it is


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
        shared: What all photos of a person wear alike; a key holds it for as many blocks as it was made with.
    """

    name = "gradient-alignment-online"
    threat = "training"
    fewest_people = 2
    per_person = False

    budget: Budget
    surrogate: SurrogateTraining = field(default_factory=SurrogateTraining)
    target: TargetSettings = field(default_factory=TargetSettings)
    steps: int = 8
    optimizer: SignedAdam = field(default_factory=SignedAdam)
    regularizers: Regularizers = field(default_factory=Regularizers)
    extraction: Extraction = field(default_factory=Extraction)
    shared: SharedPattern = field(default_factory=SharedPattern)

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
        signs = self.shared.signs(faces, target.disagreement, target.model.crop, device)
        settings = json.loads(json.dumps({"seed": seed, **dataclasses.asdict(self)}, default=str))
        return AlignmentKey(target, faces.people, settings, signs)

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
        return self._crafted(key, patch, person, seed)[0]

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
        key: AlignmentKey | None = None,
    ) -> Noise:
        """The noise of labelled patches, within the budget before rounding; each is crafted alone.

        Args:
            faces: The patches.
            device: Where to compute.
            seed: Decides everything random.
            on_round: Called after each epoch of the surrogate's training and then after every 32 patches,
                with a number that counts both, from 1, and the share that the surrogate names wrongly: of
                the epoch's last batch, or of those patches.
            key: From `key` or a file, where there is one; without it one is made of these patches.

        Raises:
            SettingsError: The key does not know a person.
            ValueError: There is no key and fewer than two people: nobody could be named wrongly.
        """
        done = 0 if key is not None else self.surrogate.training.epochs
        known = key or self.key(faces, device, seed, on_round)
        noise = Noise.zero(faces, per_person=False)
        wrong = []
        for place, (patch, label) in enumerate(zip(faces.patches, faces.labels, strict=True)):
            delta, share = self._crafted(known, patch, faces.people[label], seed)
            noise.values[place].copy_(delta)
            wrong.append(share)
            if on_round is not None and (len(wrong) == _TOLD_EVERY or place + 1 == len(faces.patches)):
                done += 1
                on_round(done, sum(wrong) / len(wrong))
                wrong = []
        return noise

    def _crafted(self, key: AlignmentKey, patch: Patch, person: str, seed: int) -> tuple[Tensor, float]:
        """A patch's perturbation, and the share of its faces that were named wrongly at the last step."""
        target, label = key.target, key.label(person)
        budget = self.shared.rest(self.budget)
        dressed = self.shared.dressed(patch, key.signs[label], self.budget)
        stacked = batch([dressed], target.device)
        labels = torch.full((len(stacked.owner),), label, device=target.device)
        room = budget.room(stacked.images, stacked.mask, stacked.grey)
        delta = random_start(dressed, budget, seed)[None].to(target.device)
        moment = torch.zeros_like(delta)
        training = self.surrogate.training
        wrong = 0.0
        for number in range(self.steps):
            delta.requires_grad_()
            place = (seed, patch.key, "online", number)
            crops = self.extraction.crops(stacked, delta, target.model.crop, *place)
            with seeded(*place, "varied", device=target.device):
                shown = flipped_and_shifted(crops, training.flip, training.shift)
            pull = target.pull(shown, labels)
            wrong, loss = pull.wrong, 1 - pull.cosine_of_fixed_length
            costs = self.regularizers.costs(stacked.images, delta, budget.epsilon / 255).mean()
            (gradient,) = torch.autograd.grad(loss + costs, delta)
            with torch.no_grad():
                moment = self.optimizer.remembered(moment, gradient)
                moved = delta - self.optimizer.step(moment, room.limits, number, self.steps)
                delta = room.kept(moved)
        return delta.detach()[0].cpu() + dressed.canvas - patch.canvas, wrong
