"""The model that a poison is crafted on: what it is, and how it learns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch

from recognizers.training import FaceClassifier, Trainer, TrainingSettings, new_classifier


@dataclass(frozen=True)
class SurrogateTraining:
    """A face classifier from random weights, as a tracker would train one.

    Attributes:
        backbone: One of `recognizers.backbones.available()`.
        head: One of `recognizers.heads.available()`.
        scale: The head's scale; only for heads with a margin.
        margin: The head's margin; likewise.
        training: How it learns. Seed and device are the poison's.
    """

    backbone: str = "small-resnet"
    head: str = "cosface"
    scale: float = 16.0
    margin: float = 0.2
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def classifier(self, people: int, seed: int) -> FaceClassifier:
        """A new one for so many people.

        Raises:
            RecognizerError: A name is unknown.
        """
        if self.head == "softmax":
            return new_classifier(self.backbone, self.head, people, seed=seed)
        return new_classifier(
            self.backbone, self.head, people, seed=seed, scale=self.scale, margin=self.margin
        )

    def trainer(self, people: int, steps_per_epoch: int, device: torch.device, seed: int) -> Trainer:
        """A trainer of a new one."""
        return Trainer(self.classifier(people, seed), self.settings(device, seed), steps_per_epoch)

    def settings(self, device: torch.device, seed: int) -> TrainingSettings:
        """How it learns, on a device and with a seed."""
        return replace(self.training, seed=seed, device=device.type)
