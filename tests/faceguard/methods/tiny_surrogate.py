"""A surrogate and a victim that train in a moment."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.extraction import Extraction
from faceguard.engine.views import ViewSettings
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers.heads import CosFace
from recognizers.training import FaceClassifier, TrainingSettings, train
from tests.recognizers.tiny_training import PEOPLE, PHOTOS, Tiny

EXTRACTION = Extraction(ViewSettings(resized=0.1, blurred=0.0, recompressed=0.0, jitter=0.005))
LEARNING = TrainingSettings(
    epochs=12,
    batch_size=12,
    shift=0,
    learning_rate=0.1,
    schedule="constant",
    precision="float32",
    device="cpu",
)


@dataclass(frozen=True)
class TinySurrogate(SurrogateTraining):
    """The tiny network instead of one by name."""

    training: TrainingSettings = LEARNING

    def classifier(self, people: int, seed: int) -> FaceClassifier:
        torch.manual_seed(seed)
        return FaceClassifier(Tiny(), CosFace(8, people, scale=8, margin=0.1))


def photos(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Crops of people who differ by faint symmetric blocks: uint8 (N, 3, 16, 16), and who.

    Faint, as a face's identity is beside a poison: the budget has room for another's blocks.
    """
    half = torch.randint(2, (PEOPLE, 3, 4, 2), generator=torch.Generator().manual_seed(9)).float() * 2 - 1
    blocks = F.interpolate(torch.cat([half, half.flip(-1)], -1), (16, 16))
    labels = torch.arange(PEOPLE).repeat_interleave(PHOTOS)
    noise = torch.randn(len(labels), 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return ((0.5 + 0.03 * blocks[labels] + 0.06 * noise).clamp(0, 1) * 255).to(torch.uint8), labels


def accuracy(
    trained_on: Tensor, labels: Tensor, tested_on: Tensor, tested_labels: Tensor, seed: int = 77
) -> float:
    """What a victim that was trained on some crops names rightly of others."""
    people = int(labels.max()) + 1
    training = train(TinySurrogate().classifier(people, seed), (trained_on, labels), LEARNING)
    return float((training.classifier.predict(tested_on) == tested_labels).float().mean())
