"""The recognisers that a tracker trains: from scratch, or finished ones further."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

import recognizers
from evaluation.benchmarks.train_course import Course
from evaluation.defenders.dp_sgd import replace_batch_normalisation
from evaluation.results import Json
from faceguard.errors import SettingsError
from recognizers import Recognizer, backbones, heads
from recognizers.heads import Head
from recognizers.trained_network import TrainedNetwork
from recognizers.training import FaceClassifier, Training, TrainingSettings, trainable_backbone
from recognizers.training.randomness import seeded

FROM_SCRATCH = TrainingSettings()
"""25 epochs in batches of 32 at a learning rate of 0.1 falling along a cosine, mirrored and shifted by 4."""

FINE_TUNING = TrainingSettings(epochs=10, learning_rate=0.01, clip_norm=1.0)
"""The same for a network that has been trained: 10 epochs at 0.01 and no step along a longer gradient than 1.

The first gradients of a new head are long enough to undo such a network, dlib's before all: it has no
normalisation over batches. Chosen among about 15 settings by the test photos of 10 CelebA people.
"""


@dataclass(frozen=True)
class Victim:
    """A recogniser that a tracker trains; an `evaluation.benchmarks.train_course.Learner`.

    Attributes:
        network: A backbone, from `recognizers.backbones.available()`; for fine-tuning a recogniser, such as
            "dlib".
        fine_tuned: Whether it is a recogniser that is trained further, all its weights, with a new head.
        head: From `recognizers.heads.available()`.
        head_settings: The head's own, such as `scale` and `margin`.
        dimension: The length of the embeddings; None for the backbone's usual one.
        training: How it is trained; the seed and the device in it are not used.
    """

    network: str = "small-resnet"
    fine_tuned: bool = False
    head: str = "cosface"
    head_settings: Mapping[str, float] = field(default_factory=dict)
    dimension: int | None = None
    training: TrainingSettings = FROM_SCRATCH

    def __post_init__(self) -> None:
        if self.fine_tuned and self.dimension is not None:
            raise SettingsError(f"{self.network} has embeddings of its own length: no other can be chosen")

    @property
    def name(self) -> str:
        """What it is called in results: "small-resnet, cosface", "dlib fine-tuned, cosface"."""
        return f"{self.network}{' fine-tuned' if self.fine_tuned else ''}, {self.head}"

    @property
    def reference(self) -> None:
        """None: it is trained on clean photos too."""
        return None

    def described(self) -> dict[str, Json]:
        """Everything that decides how it is trained, but for the data and the seed."""
        training = dataclasses.asdict(self.training)
        return {
            "network": self.network,
            "fine_tuned": self.fine_tuned,
            "head": self.head,
            "head_settings": dict(self.head_settings),
            "dimension": self.dimension,
            "training": {name: training[name] for name in training if name not in ("seed", "device")},
        }

    def untrained(self, device: torch.device) -> Recognizer:
        """What it starts from, or a network with random weights.

        Raises:
            RecognizerError: There is no such network.
        """
        if self.fine_tuned:
            return recognizers.load(self.network, device)
        return TrainedNetwork(backbones.build(self.network, self.dimension), device, name=self.network)

    def new(self, classes: int, private: bool, device: torch.device, seed: int) -> FaceClassifier:
        """It as a classifier before training.

        Args:
            classes: How many people it is trained on.
            private: Whether it is for DP-SGD: one from scratch gets group in place of batch normalisation
                then.
            device: Where a recogniser that is fine-tuned is loaded.
            seed: Decides its first weights; in fine-tuning, those of the head.

        Raises:
            RecognizerError: There is no such network or head, or it cannot be trained.
        """
        if self.fine_tuned:
            backbone = trainable_backbone(recognizers.load(self.network, device))
            with seeded(seed, "weights"):
                return FaceClassifier(backbone, self._new_head(backbone.dimension, classes))
        with seeded(seed, "weights"):
            backbone = backbones.build(self.network, self.dimension)
            classifier = FaceClassifier(backbone, self._new_head(backbone.dimension, classes))
        if private:
            replace_batch_normalisation(classifier)
        return classifier

    def trained(self, course: Course) -> Training:
        """It after a course. What was trained once on the same data is only loaded.

        Raises:
            RecognizerError: It cannot be built, or training diverged, or files cannot be written.
        """
        private = course.defence.step.privacy is not None
        return course.take(self, self.new(len(course.people), private, course.device, course.seed))

    def _new_head(self, dimension: int, classes: int) -> Head:
        return heads.build(self.head, dimension, classes, **self.head_settings)


def check_victims(victims: Sequence[Victim], device: torch.device) -> None:
    """Builds each victim once, so that a wrong name is told before hours of protecting and training.

    Raises:
        RecognizerError: There is no such network or head, or it cannot be trained.
    """
    for victim in victims:
        victim.new(classes=2, private=False, device=device, seed=0)
