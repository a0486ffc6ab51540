"""A fine-tuned extractor: its last layers are trained on the gallery, with a head that names its people.

The people who are in every gallery as they are train it first. For each gallery it is then trained further
with everybody, so that a user's photos have their say in the network and in the head. The head's class
directions name the probes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from evaluation.trackers.tracker import Faces
from evaluation.trackers.tuning import last_of, trainable_copy
from recognizers import Recognizer
from recognizers.heads import CosFace
from recognizers.training.randomness import seeded

_BATCH = 32


@dataclass(frozen=True)
class FineTuning:
    """How it is trained.

    Attributes:
        share: Which share of the network's weights moves, from its end.
        epochs: Over the people who are in every gallery.
        faces_per_gallery: How many faces each gallery's own training sees, half of them of people whose
            photos were not trained on before.
        rate: Adam's learning rate for the network.
        head_rate: And for the head.
        scale: CosFace's scale (Wang et al. 2018).
        margin: CosFace's margin.
    """

    share: float = 0.25
    epochs: int = 3
    faces_per_gallery: int = 320
    rate: float = 1e-4
    head_rate: float = 1e-3
    scale: float = 32.0
    margin: float = 0.2


class FineTunedExtractor:
    """The recogniser's last layers, fine-tuned with a CosFace head.

    Args:
        settings: How it is trained.
        seed: Of the order of the photos.
    """

    name = "fine-tuned"

    def __init__(self, settings: FineTuning | None = None, seed: int = 0) -> None:
        self._settings = settings or FineTuning()
        self._seed = seed

    def study(self, recognizer: Recognizer, others: Faces, persons: int) -> None:
        """Trains on the people who are in every gallery as they are.

        Raises:
            SettingsError: The recogniser cannot be trained.
        """
        self._base, _ = trainable_copy(recognizer)
        self._studied = np.unique(others.people)
        crops = others.crops()
        with seeded("study", self._seed):
            head = self._head(others, persons)
            order = np.concatenate([self._shuffled(len(crops)) for _ in range(self._settings.epochs)])
            self._base = self._train(self._base, head, crops, others.people, order)

    def scores(self, gallery: Faces, probes: Faces, persons: int) -> NDArray[np.float64]:
        """See `Tracker.scores`."""
        crops, own = gallery.crops(), ~np.isin(gallery.people, self._studied)
        with seeded("gallery", self._seed):
            head = self._head(gallery, persons)
            tuned = self._train(self._base, head, crops, gallery.people, self._drawn(own))
            found = self._cosines(tuned, head, probes.crops())
        enrolled = np.isin(np.arange(persons), gallery.people)
        return np.where(enrolled, found, -np.inf)

    def _head(self, faces: Faces, persons: int) -> CosFace:
        """A head whose directions are people's mean embeddings; those of people without faces are random."""
        dimension = faces.embeddings.shape[1]
        head = CosFace(dimension, persons, scale=self._settings.scale, margin=self._settings.margin)
        unit = F.normalize(torch.from_numpy(faces.embeddings))
        sums = torch.zeros(persons, dimension).index_add_(0, torch.from_numpy(faces.people), unit)
        there = torch.from_numpy(np.unique(faces.people))
        with torch.no_grad():
            head.weight[there] = F.normalize(sums[there])
        return head

    def _train(
        self,
        base: Recognizer,
        head: CosFace,
        crops: Tensor,
        people: NDArray[np.int64],
        order: NDArray[np.int64],
    ) -> Recognizer:
        tuned, parameters = trainable_copy(base)
        moving = last_of(parameters, self._settings.share)
        device = moving[0].device
        head.to(device)
        for parameter in moving:
            parameter.requires_grad_(True)
        optimiser = torch.optim.Adam(
            [
                {"params": moving, "lr": self._settings.rate},
                {"params": head.parameters(), "lr": self._settings.head_rate},
            ]
        )
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            views = _mirrored_by_chance(crops[part].float().to(device))
            loss = head.losses(tuned.embed(views), torch.from_numpy(people[part]).to(device)).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        for parameter in moving:
            parameter.requires_grad_(False)
        return tuned

    @torch.no_grad()
    def _cosines(self, tuned: Recognizer, head: CosFace, crops: Tensor) -> NDArray[np.float64]:
        device = head.weight.device
        parts = [
            head.cosines(tuned.embed(part.float().to(device)).float()).cpu() for part in crops.split(_BATCH)
        ]
        return torch.cat(parts).double().numpy()

    def _drawn(self, own: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Places of faces to train on: as many of new people as of others, in random order."""
        count = self._settings.faces_per_gallery
        new, known = np.flatnonzero(own), np.flatnonzero(~own)
        share = count // 2 if len(new) and len(known) else count
        parts = [
            places[torch.randint(len(places), (share,)).numpy()] for places in (new, known) if len(places)
        ]
        places = np.concatenate(parts)
        return places[self._shuffled(len(places))]

    def _shuffled(self, count: int) -> NDArray[np.int64]:
        return torch.randperm(count).numpy()


def _mirrored_by_chance(crops: Tensor) -> Tensor:
    chosen = torch.rand(len(crops)) < 0.5
    return torch.where(chosen[:, None, None, None].to(crops.device), crops.flip(-1), crops)
