"""A surrogate that has learnt the clean photos, as a tracker's recogniser would without any protection."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.parts import plain_crops_of
from faceguard.methods.alignment_target import AlignmentTarget, TargetSettings
from faceguard.methods.surrogate_training import SurrogateTraining
from recognizers.crops import CropSpec
from recognizers.training import FaceClassifier, TrainingProgress, train


def clean_crops(faces: LabelledPatches, crop: CropSpec) -> tuple[Tensor, Tensor]:
    """The faces as they are: crops (F, 3, size, size), uint8, RGB, and whose they are, (F,), int64."""
    clean = [crops.mul_(255).round_().to(torch.uint8) for crops in plain_crops_of(faces.patches, crop)]
    return torch.cat(clean), faces.labels_of_faces(range(len(faces.patches)))


def clean_surrogate(
    surrogate: SurrogateTraining,
    data: tuple[Tensor, Tensor],
    people: int,
    device: torch.device,
    seed: int,
    on_epoch: Callable[[int, float], None] | None = None,
) -> FaceClassifier:
    """A surrogate after training on clean crops, in evaluation mode.

    Args:
        surrogate: What it is and how it learns; its own `crop` must be that of the data.
        data: From `clean_crops`.
        people: How many there are.
        device: Where to compute.
        seed: Decides everything random.
        on_epoch: Told each epoch's number, from 1, and the share of its last batch that was named wrongly.
    """

    def after_step(progress: TrainingProgress) -> None:
        if on_epoch is not None and progress.step == progress.steps:
            on_epoch(progress.epoch, 1 - progress.accuracy)

    model = surrogate.classifier(people, seed)
    return train(model, data, surrogate.settings(device, seed), progress=after_step).classifier.eval()


def aligned_surrogate(
    surrogate: SurrogateTraining,
    target: TargetSettings,
    faces: LabelledPatches,
    device: torch.device,
    seed: int,
    on_epoch: Callable[[int, float], None] | None = None,
) -> AlignmentTarget:
    """A surrogate of the clean faces with the target gradient over them."""
    data = clean_crops(faces, surrogate.classifier(len(faces.people), seed).crop)
    model = clean_surrogate(surrogate, data, len(faces.people), device, seed, on_epoch)
    return AlignmentTarget.of(model, data, target, flip=surrogate.training.flip, seed=seed)
