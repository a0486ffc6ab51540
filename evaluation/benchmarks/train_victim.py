"""Trains one victim once, from where it stopped if it was begun before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

import evaluation
import recognizers
from evaluation.benchmarks.train_settings import Victim
from evaluation.defenders.dp_sgd import replace_batch_normalisation
from evaluation.defenders.training_defence import TrainingDefence
from evaluation.progress import Progress
from evaluation.trackers.identity import weights_digest
from recognizers import Recognizer, backbones, heads
from recognizers.heads import Head
from recognizers.trained_network import TrainedNetwork
from recognizers.training import (
    FaceClassifier,
    Training,
    TrainingProgress,
    train,
    trainable_backbone,
)
from recognizers.training.data import fingerprint
from recognizers.training.randomness import seeded


def untrained(victim: Victim, device: torch.device) -> Recognizer:
    """A victim as a recogniser before training: what it starts from, or a network with random weights.

    Raises:
        RecognizerError: There is no such network.
    """
    if victim.fine_tuned:
        return recognizers.load(victim.network, device)
    backbone = backbones.build(victim.network, victim.dimension)
    return TrainedNetwork(backbone, device, name=victim.network)


def check_victims(victims: Sequence[Victim], device: torch.device) -> None:
    """Builds each victim once, so that a wrong name is told before hours of protecting and training.

    Raises:
        RecognizerError: There is no such network or head, or it cannot be trained.
    """
    for victim in victims:
        new_victim(victim, classes=2, private=False, device=device, seed=0)


def new_victim(
    victim: Victim, classes: int, private: bool, device: torch.device, seed: int
) -> FaceClassifier:
    """A victim before training.

    Args:
        victim: What it is.
        classes: How many people it is trained on.
        private: Whether it is for DP-SGD: one from scratch gets group in place of batch normalisation then.
        device: Where a recogniser that is fine-tuned is loaded.
        seed: Decides its first weights; in fine-tuning, those of the head.

    Raises:
        RecognizerError: There is no such network or head, or it cannot be trained.
    """
    if victim.fine_tuned:
        backbone = trainable_backbone(recognizers.load(victim.network, device))
        with seeded(seed, "weights"):
            return FaceClassifier(backbone, _head(victim, backbone.dimension, classes))
    with seeded(seed, "weights"):
        backbone = backbones.build(victim.network, victim.dimension)
        classifier = FaceClassifier(backbone, _head(victim, backbone.dimension, classes))
    if private:
        replace_batch_normalisation(classifier)
    return classifier


def _head(victim: Victim, dimension: int, classes: int) -> Head:
    return heads.build(victim.head, dimension, classes, **victim.head_settings)


def trained_victim(
    victim: Victim,
    data: tuple[Tensor, Tensor],
    people: Sequence[str],
    defence: TrainingDefence,
    device: torch.device,
    seed: int,
    folder: Path,
    kind: str,
    progress: Progress,
) -> Training:
    """A victim after training. What was trained once on these data is only loaded.

    Args:
        victim: What it is and how it is trained.
        data: Crops, uint8 (N, 3, size, size), and labels (N,).
        people: Who the labels are.
        defence: What the tracker does while it trains; its edits have been applied to the crops.
        device: Where it is trained.
        seed: Decides everything random.
        folder: Where it is kept.
        kind: What its file's name begins with, such as "clean".
        progress: What is told about each step.

    Raises:
        RecognizerError: It cannot be built, or training diverged, or files cannot be written.
    """
    private = defence.step.privacy is not None
    classifier = new_victim(victim, len(people), private, device, seed)
    settings = replace(victim.training, seed=seed, device=device.type)
    key = {
        "victim": victim.described(),
        "start": weights_digest(classifier),
        "data": fingerprint(data),
        "people": list(people),
        "defence": [*defence.always, "|", *defence.at_training_only],
        "seed": seed,
        "code": _code(),
        "torch": torch.__version__,
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    return train(
        classifier,
        data,
        settings,
        transforms=defence.transforms,
        learn_step=defence.step,
        progress=_Steps(progress),
        checkpoint=folder / _plain(victim.name) / f"{kind}-seed{seed}-{digest}.safetensors",
        people=people,
    )


class _Steps:
    """Tells a benchmark's progress of each step, and at first of those done in an earlier run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0

    def __call__(self, now: TrainingProgress) -> None:
        done = (now.epoch - 1) * now.steps + now.step
        self._progress.step(done - self._done)
        self._done = done


def _plain(text: str) -> str:
    """A name as a folder can have it."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[-80:]


@cache
def _code() -> str:
    """Stands for the code that trains: a victim of other code is not taken for one of this."""
    folders = (Path(recognizers.__file__).parent, Path(evaluation.__file__).parent / "defenders")
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
