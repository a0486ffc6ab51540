"""One training of one learner, from where it stopped if it was begun before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

import evaluation
import recognizers
from evaluation.defenders.training_defence import TrainingDefence
from evaluation.progress import Progress
from evaluation.results import Json
from evaluation.trackers.identity import weights_digest
from recognizers import Recognizer
from recognizers.training import FaceClassifier, Training, TrainingProgress, TrainingSettings, train
from recognizers.training.data import fingerprint
from recognizers.training.loop import LearnStep


class Learner(Protocol):
    """Who is trained: a victim, or somebody with a key to the photos."""

    @property
    def name(self) -> str:
        """What it is called in results."""
        ...

    @property
    def training(self) -> TrainingSettings:
        """How it is trained; the seed and the device in it are not used."""
        ...

    @property
    def reference(self) -> Learner | None:
        """Whose clean photos its own are held against, where it is trained on protected ones alone."""
        ...

    def described(self) -> dict[str, Json]:
        """Everything that decides how it is trained, but for data, seed, and weights it starts from."""
        ...

    def untrained(self, device: torch.device) -> Recognizer:
        """It as a recogniser before training."""
        ...

    def trained(self, course: Course) -> Training:
        """It after a course. What was trained once on the same data is only loaded."""
        ...


@dataclass(frozen=True, eq=False)
class Course:
    """What a learner is taught with, and where it is kept afterwards.

    Attributes:
        data: Crops, uint8 (N, 3, size, size), and labels (N,).
        people: Who the labels are.
        kind: What the crops are, such as "clean"; the files' names begin with it.
        defence: What the tracker does while it trains; its edits have been applied to the crops.
        device: Where it is trained.
        seed: Decides everything random.
        folder: Where all learners are kept.
        progress: What is told about each step.
    """

    data: tuple[Tensor, Tensor]
    people: Sequence[str]
    kind: str
    defence: TrainingDefence
    device: torch.device
    seed: int
    folder: Path
    progress: Progress

    def take(
        self,
        learner: Learner,
        classifier: FaceClassifier,
        step: LearnStep | None = None,
        besides: Mapping[str, Json] | None = None,
    ) -> Training:
        """Trains.

        Args:
            learner: Who.
            classifier: The learner before training.
            step: How it learns from a batch; None for the defence's way.
            besides: What else decides the outcome.

        Raises:
            RecognizerError: Training diverged, or files cannot be written.
        """
        key = {
            "victim": learner.described(),
            "start": weights_digest(classifier),
            "data": fingerprint(self.data),
            "people": list(self.people),
            "defence": [*self.defence.always, "|", *self.defence.at_training_only],
            "seed": self.seed,
            "code": _code(),
            "torch": torch.__version__,
            **(besides or {}),
        }
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        name = f"{self.kind}-seed{self.seed}-{digest}.safetensors"
        return train(
            classifier,
            self.data,
            replace(learner.training, seed=self.seed, device=self.device.type),
            transforms=self.defence.transforms,
            learn_step=step or self.defence.step,
            progress=_Steps(self.progress),
            checkpoint=self.folder / _plain(learner.name) / name,
            people=self.people,
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
