"""The generator of ungeneralizable examples and the networks it is trained against, by turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from faceguard.engine.extraction import Extraction
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.patches import Batch, batch
from faceguard.methods.coloured_noise import ColouredNoise
from faceguard.methods.ungeneralizable_losses import (
    LossWeights,
    distillation,
    error_minimising,
    feature_distance,
    gradient_matching,
)
from recognizers.training import FaceClassifier, Trainer
from recognizers.training.randomness import seeded


@dataclass(frozen=True, eq=False)
class Networks:
    """The networks of one training.

    Attributes:
        authorised: Starts from the key.
        hackers: Learn from the labels.
        student: Learns from what the authorised network makes of the photos.
    """

    authorised: Trainer
    hackers: tuple[Trainer, ...]
    student: Trainer


class GeneratorTraining:
    """Trains a generator of noise, and networks on the noise, step by step.

    Args:
        faces: The patches.
        noise: What is trained.
        networks: What it is trained against.
        weights: What each loss counts for.
        extraction: How the tracker's handling of photos is drawn.
        learning_rate: That of the generator's codes (Adam); its network's is a fiftieth.
        seed: Decides everything random.
    """

    def __init__(
        self,
        faces: LabelledPatches,
        noise: ColouredNoise,
        networks: Networks,
        weights: LossWeights,
        extraction: Extraction,
        learning_rate: float,
        seed: int,
    ) -> None:
        self._faces = faces
        self._noise = noise
        self._networks = networks
        self._weights = weights
        self._extraction = extraction
        self._seed = seed
        generator = noise.generator
        self._optimizer = torch.optim.Adam(
            [
                {"params": [generator.codes], "lr": learning_rate},
                # A network whose weights move as far as codes saturates, and nothing is learnt any more.
                {"params": list(generator.layers.parameters()), "lr": learning_rate / 50},
            ]
        )
        self._training = _endless(faces, networks.student.settings.batch_size, seed, "training order")
        self._improving = _endless(faces, networks.student.settings.batch_size, seed, "noise order")
        self._steps = 0
        self.error = 1.0
        """The share of a batch that the first hacker named wrongly in its last step."""

    def train(self) -> None:
        """One step of training on protected photos for every network."""
        stacked, labels = self._next(self._training)
        with torch.no_grad():
            delta = self._noise.of(stacked, labels)
        networks = self._networks
        for place, trainer in enumerate((networks.authorised, *networks.hackers)):
            step = trainer.step(self._crops(trainer, stacked, delta, place), labels)
            if place == 1:
                self.error = 1 - float(step.accuracy)
        student = networks.student
        with student.randomness():
            shown = student.varied(self._crops(student, stacked, delta, "student"))
        student.classifier.train()
        student.descend(self._distilled(shown))

    def improve(self) -> None:
        """One step of the generator, the networks held."""
        stacked, labels = self._next(self._improving)
        delta = self._noise.of(stacked, labels)
        networks, weights = self._networks, self._weights
        for trainer in (networks.authorised, *networks.hackers, networks.student):
            trainer.classifier.eval()
        protected = [self._shown(t, stacked, delta, place) for place, t in enumerate(networks.hackers)]
        with torch.no_grad():
            none = torch.zeros_like(delta)
            clean = [self._shown(t, stacked, none, place) for place, t in enumerate(networks.hackers)]
        hackers = [trainer.classifier for trainer in networks.hackers]
        loss = error_minimising(hackers, protected, labels)
        for hacker, its, original in zip(hackers, protected, clean, strict=True):
            distance = feature_distance(hacker.embed(its), _embedded(hacker, original), weights.margin)
            loss = loss + weights.features * distance / len(hackers)
        student = networks.student
        loss = loss + weights.distilled * self._distilled(self._shown(student, stacked, delta, "student"))
        loss = loss + weights.gradients * self._mismatch(stacked, labels)
        parameters = list(self._noise.generator.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        self._optimizer.step()
        self._steps += 1

    def _distilled(self, shown: Tensor) -> Tensor:
        """What the student lowers on crops as they are shown to it."""
        authorised = self._networks.authorised.classifier.eval()
        with torch.no_grad():
            teacher = authorised.logits(shown)
        return distillation(
            teacher, self._networks.student.classifier.logits(shown), self._weights.temperature
        )

    def _mismatch(self, stacked: Batch, labels: Tensor) -> Tensor:
        """How badly gradients match, on the first faces of a batch."""
        trainer, count = self._networks.authorised, self._weights.matched
        few = batch(stacked.patches[:count], stacked.images.device)
        its = labels[: len(few.owner)]
        delta = self._noise.of(few, its)
        protected = self._shown(trainer, few, delta, "matched")
        with torch.no_grad():
            clean = self._shown(trainer, few, torch.zeros_like(delta), "matched")
        return gradient_matching(trainer.classifier, protected, clean, its)

    def _shown(self, trainer: Trainer, stacked: Batch, delta: Tensor, place: int | str) -> Tensor:
        """Crops as a trainer would show them; the same view for every perturbation in a step."""
        crops = self._extraction.crops(
            stacked, delta, trainer.classifier.crop, self._seed, "noise", self._steps, place
        )
        with seeded(self._seed, "varied", self._steps, place, device=trainer.device):
            return trainer.varied(crops)

    def _crops(self, trainer: Trainer, stacked: Batch, delta: Tensor, place: int | str) -> Tensor:
        """Crops for a step of training, as float 0..1."""
        key = (self._seed, "train", trainer.steps, place)
        with torch.no_grad():
            return self._extraction.crops(stacked, delta, trainer.classifier.crop, *key)

    def _next(self, order: Iterator[list[int]]) -> tuple[Batch, Tensor]:
        """The next patches of an order, and whom their faces show."""
        group, device = next(order), self._networks.authorised.device
        stacked = batch([self._faces.patches[place] for place in group], device)
        labels = torch.tensor([self._faces.labels[place] for place in group], device=device)
        return stacked, labels[stacked.owner]


@torch.no_grad()
def _embedded(network: FaceClassifier, crops: Tensor) -> Tensor:
    return network.embed(crops)


def _endless(faces: LabelledPatches, size: int, seed: int, purpose: str) -> Iterator[list[int]]:
    """Groups of patches, pass after pass."""
    number = 0
    while True:
        yield from faces.groups(size, seed, purpose, number)
        number += 1
