"""The adaptive defender: the recogniser, trained further on clean and protected photos of other people.

Radiya-Dixit et al. 2022 ("Data poisoning won't save you from facial recognition") fine-tune the extractor so
that a person's clean and protected photos meet, and enrolment-time cloaks stop working. Here every weight
moves. A CosFace head (Wang et al. 2018) names the people on clean and protected crops alike, and both are
held to the embedding that the untouched recogniser gives the clean crop, so that it goes on telling strangers
apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from evaluation.defenders.training_pairs import TrainingPairs, embedded
from evaluation.progress import Progress
from evaluation.trackers.tuning import trainable_copy
from recognizers import Recognizer
from recognizers.heads import CosFace
from recognizers.training.randomness import seeded


@dataclass(frozen=True)
class AdaptiveTraining:
    """How the recogniser is trained further.

    Attributes:
        steps: Adam's steps.
        batch: Faces in each, clean and protected.
        rate: Adam's first learning rate for the network; it falls to nothing along a cosine.
        head_rate: And for the head.
        naming: Weight of CosFace's loss, beside the distances from the clean embeddings.
        scale: CosFace's scale.
        margin: CosFace's margin.
    """

    steps: int = 300
    batch: int = 12
    rate: float = 1e-4
    head_rate: float = 1e-3
    naming: float = 0.02
    scale: float = 32.0
    margin: float = 0.35


def train_adaptive(
    recognizer: Recognizer,
    pairs: TrainingPairs,
    device: torch.device,
    seed: int,
    progress: Progress,
    settings: AdaptiveTraining | None = None,
) -> Recognizer:
    """A copy of a recogniser that was trained to see through the protection.

    Args:
        recognizer: Where training starts.
        pairs: Faces of people that it is not measured on.
        device: Where to compute.
        seed: Of the order of the faces.
        progress: What is told how far it has come.
        settings: How it is trained.

    Raises:
        SettingsError: The recogniser cannot be trained.
    """
    chosen = settings or AdaptiveTraining()
    tuned, parameters = trainable_copy(recognizer)
    progress.stage(f"training {recognizer.name} further", chosen.steps)
    for parameter in parameters:
        parameter.requires_grad_(True)
    with seeded("adaptive", seed):
        people = torch.from_numpy(pairs.people)
        wanted = embedded(recognizer, pairs.clean, device)
        head = CosFace(recognizer.dimension, int(people.max()) + 1, chosen.scale, chosen.margin).to(device)
        _start_at_means(head, wanted, people.to(device))
        groups = [
            {"params": parameters, "lr": chosen.rate},
            {"params": list(head.parameters()), "lr": chosen.head_rate},
        ]
        optimiser = torch.optim.Adam(groups)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, chosen.steps)
        for _ in range(chosen.steps):
            places = torch.randint(len(pairs), (chosen.batch,))
            clean, protected = (crops[places].float().to(device) for crops in (pairs.clean, pairs.protected))
            if torch.rand(()) < 0.5:
                clean, protected = clean.flip(-1), protected.flip(-1)
            seen = tuned.embed(torch.cat([clean, protected]))
            apart = 1 - F.cosine_similarity(seen, wanted[places.to(device)].repeat(2, 1)).mean()
            named = head.losses(seen, people[places].repeat(2).to(device)).mean()
            optimiser.zero_grad()
            (apart + chosen.naming * named).backward()
            optimiser.step()
            schedule.step()
            progress.step()
    for parameter in parameters:
        parameter.requires_grad_(False)
    return tuned


@torch.no_grad()
def _start_at_means(head: CosFace, embeddings: Tensor, people: Tensor) -> None:
    """Sets the head's directions to people's mean unit embeddings."""
    sums = torch.zeros_like(head.weight).index_add_(0, people, F.normalize(embeddings))
    head.weight.copy_(F.normalize(sums))
