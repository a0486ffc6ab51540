"""Targeted adversarial poisons, for the training threat: a tracker trains a recogniser on your photos.

L. Fowl et al., Adversarial Examples Make Strong Poisons (NeurIPS 2021), the class-targeted form: a model is
trained on the clean photos, and each photo is moved until that model takes it for the next person, (y + 1)
modulo their number. Who trains on such photos under their right names learns the next person's features
for each name.

What differs from the paper: most of the budget goes into a pattern that all photos of a person share
(`shared_pattern`), and only the rest into each photo, in the paper all of it; the noise lies in photo pixels
and is crafted through a random extraction; steps have momentum and are fewer (`solver`); the model is the
surrogate a tracker would train from scratch, with a margin head. `Targeted(budget, shared=SharedPattern(
share=0))` is nearest to the paper.

Measured at 8 of 255 on aligned crops of 100 CelebA people, 16 photos of each: of 397 clean photos, a small
network trained on them names rightly (68 % after clean training; one seed of the noise and of the network)

    as usual                                                                           4.0 %
    nothing shared                                                                    20.9 %
    nothing shared, 8 epochs for the surrogate                                        29.2 %
    nothing shared, 25 epochs for the surrogate and 40 steps of 0.1                   34.8 %

With nothing shared and 50 people (clean 67.2 %, of 198 photos; one seed), crafting without extraction: 49.0 %
on one surrogate of 15 epochs, 48.0 % on one of 4, 48.5 % on its checkpoints of 2, 4, 7 and 15 epochs by
turns, 44.9 % on one trained adversarially within 2 of 255, with 40 steps; so none of these helps much.

Cost: one training of the surrogate, and the solver's steps for every photo: for the above 0.1 s of one CPU
core for each photo in all. What defeats it, through whole photos (5.3 % undefended, one seed): greyscale
(55.7 %, clean 70.3 %) and adversarial training (45.3 %, clean 49.9 %), in part a purifier (16.4 instead of
3.8 %), and, as known from the literature, relabelling by a model trained on clean photos, and clean photos of
the same people. JPEG of quality 10 brings it to 14.6 % (clean 64.0 %), milder compression does nothing. It
does nothing against a recogniser that is not trained on the photos.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from faceguard.engine.budget import Budget
from faceguard.engine.extraction import Extraction
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.engine.objective import Scene
from faceguard.engine.parts import Parts
from faceguard.engine.solver import Solver
from faceguard.methods.clean_surrogate import clean_crops, clean_surrogate
from faceguard.methods.shared_pattern import SharedPattern, with_patterns
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers import Views
from recognizers.heads import Head
from recognizers.trained_network import TrainedNetwork
from recognizers.training import TrainingSettings

_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class TowardsAnother:
    """The poison's objective.

    Attributes:
        head: Names the surrogate's embeddings.
        targets: (F,) int64: whom each face should be taken for.
    """

    head: Head
    targets: Tensor

    def loss(self, scene: Scene, seen: Sequence[Views]) -> Tensor:
        """(F,): the training loss of each face under its target's name."""
        return self.head.losses(seen[0].embedding, self.targets)


@dataclass(frozen=True)
class Targeted:
    """The poison's settings; calling it crafts.

    Attributes:
        budget: How far pixels may move.
        surrogate: The model that is trained first, on the clean photos.
        solver: How the perturbation is searched for.
        shared: What all photos of a person wear alike; `SharedPattern(share=0)` is the paper's.
    """

    name = "targeted"
    threat = "training"
    fewest_people = 2
    per_person = False

    budget: Budget
    surrogate: SurrogateTraining = field(
        default_factory=lambda: SurrogateTraining(training=TrainingSettings(epochs=15))
    )
    solver: Solver = field(
        default_factory=lambda: Solver(steps=20, step_size=0.15, softness=0.1, views=Extraction().views)
    )
    shared: SharedPattern = field(default_factory=SharedPattern)

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """The noise of labelled patches, within the budget before rounding.

        Args:
            faces: The patches.
            device: Where to compute.
            seed: Decides everything random, with the patches' content.
            on_round: Called after each epoch of the surrogate's training with its number, from 1, and the
                share of its last batch that was named wrongly.

        Raises:
            ValueError: There are fewer than two people: nobody could be taken for another.
        """
        if len(faces.people) < 2:
            raise ValueError("targeted noise needs photos of at least two people")
        people = len(faces.people)
        data = clean_crops(faces, self.surrogate.classifier(people, seed).crop)
        model = clean_surrogate(self.surrogate, data, people, device, seed, on_round)
        surrogate = TrainedNetwork(model.backbone, device)
        head = model.head.requires_grad_(False)

        def loss(crops: Tensor, label: int) -> Tensor:
            targets = torch.full((len(crops),), (label + 1) % people, device=device)
            return head.losses(surrogate.embed(crops), targets).sum()

        signs = self.shared.signs(faces, loss, surrogate.crop, device)
        dressed = self.shared.all_dressed(faces, signs, self.budget)
        budget = self.shared.rest(self.budget)
        noise = Noise.zero(faces, per_person=False)
        for group in faces.groups(_AT_ONCE, seed, "targeted"):
            targets = (faces.labels_of_faces(group).to(device) + 1) % people
            for part in Parts([dressed.patches[place] for place in group], device):
                objective = TowardsAnother(head, targets[part.faces])
                found = self.solver.solve(part.batch, [surrogate], objective, budget, seed)
                noise.learn(group[part.rows], found.delta)
        return with_patterns(noise, dressed, faces)
