"""Trains the learned defenders of a benchmark, on other people's photos that the tool itself protected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders.adaptive import AdaptiveTraining, train_adaptive
from evaluation.defenders.defender import Learned
from evaluation.defenders.edits import Edit
from evaluation.defenders.kept_weights import State, kept, load_parameters, parameters_state
from evaluation.defenders.purifier import Denoiser, Purified, PurifierTraining, train_purifier
from evaluation.defenders.training_pairs import FEWEST, TrainingPairs
from evaluation.trackers.identity import recognizer_identity
from evaluation.trackers.sighting import Sighting
from evaluation.trackers.tuning import trainable_copy
from faceguard.errors import SettingsError
from recognizers import Recognizer
from recognizers.ensemble import Ensemble


@dataclass(frozen=True)
class Lesson:
    """A photo of somebody else, clean and protected.

    Attributes:
        clean: The photo.
        protected: Its protected version.
    """

    clean: DataPhoto
    protected: DataPhoto


def learned(
    kind: Learned,
    recognizer: Recognizer,
    lessons: Sequence[Lesson],
    edit: Edit,
    bench: Workbench,
    folder: Path,
    seed: int,
) -> Recognizer:
    """A recogniser behind a purifier, or one that was trained further.

    Args:
        kind: Which of the two.
        recognizer: Where it starts.
        lessons: What it learns from.
        edit: What the tracker does to pixels before.
        bench: The tracker.
        folder: Where weights are kept: training that was done once is not done again.
        seed: Of training.

    Raises:
        SettingsError: There is too little to learn from, or the recogniser cannot be trained.
    """
    if isinstance(recognizer, Ensemble):
        raise SettingsError(
            f"{recognizer.name}: learned defenders are trained for one recogniser, not several"
        )
    both = _seen(lessons, edit, bench)
    key = {
        "kind": kind,
        "recognizer": recognizer_identity(recognizer),
        "pairs": [(before.sha256, after.sha256) for before, after in both],
        "edit": edit.name,
        "settings": repr((AdaptiveTraining(), PurifierTraining())),
        "seed": seed,
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"{kind}-{digest}.safetensors"
    make = _purified if kind == "purifier" else _adapted
    return make(recognizer, path, lambda: _pairs(recognizer, both, bench), bench, seed)


def _purified(
    recognizer: Recognizer, path: Path, pairs: Callable[[], TrainingPairs], bench: Workbench, seed: int
) -> Recognizer:
    def train() -> State:
        denoiser = train_purifier(recognizer, pairs(), bench.device, seed, bench.progress)
        return denoiser.state_dict()

    denoiser = Denoiser()
    denoiser.load_state_dict(kept(path, train))
    return Purified(recognizer, denoiser.eval().requires_grad_(False).to(bench.device))


def _adapted(
    recognizer: Recognizer, path: Path, pairs: Callable[[], TrainingPairs], bench: Workbench, seed: int
) -> Recognizer:
    tuned, parameters = trainable_copy(recognizer)

    def train() -> State:
        trained = train_adaptive(recognizer, pairs(), bench.device, seed, bench.progress)
        return parameters_state(trainable_copy(trained)[1])

    load_parameters(parameters, kept(path, train))
    return tuned


def _seen(lessons: Sequence[Lesson], edit: Edit, bench: Workbench) -> list[tuple[Sighting, Sighting]]:
    """Lessons in which both faces are found, the protected one at the clean one's landmarks."""
    clean = bench.pipeline.look([lesson.clean for lesson in lessons], edit)
    protected = bench.pipeline.look([lesson.protected for lesson in lessons], edit)
    both = [
        (before, replace(after, face=before.face))
        for before, after in zip(clean, protected, strict=True)
        if before.face is not None and after.face is not None
    ]
    if len(both) < FEWEST:
        raise SettingsError(
            f"learned defenders learn from {FEWEST} pairs of photos or more, not {len(both)}: there must be "
            "people who are not protected users, with photos that are not in the gallery"
        )
    return both


def _pairs(
    recognizer: Recognizer, both: Sequence[tuple[Sighting, Sighting]], bench: Workbench
) -> TrainingPairs:
    people = np.unique([before.photo.person for before, _ in both], return_inverse=True)[1]
    befores, afters = zip(*both, strict=True)
    clean, protected = (
        torch.stack([crop.half() for crop in bench.pipeline.crops(side, recognizer.crop)])
        for side in (befores, afters)
    )
    return TrainingPairs(clean, protected, people.astype(np.int64))
