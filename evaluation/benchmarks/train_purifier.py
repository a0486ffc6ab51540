"""A purifier for victims: learned from people who are set aside, with photos the tool itself protected.

The purifier of one that is fine-tuned is guided by the recogniser that it starts from; before training from
scratch there is none, and pixels alone count.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from evaluation.benchmarks.published_photos import Published
from evaluation.benchmarks.train_crops import TrainCrops
from evaluation.benchmarks.train_scenes import People
from evaluation.benchmarks.train_split import TrainSplit
from evaluation.benchmarks.workbench import Workbench
from evaluation.defenders.edits import Edit
from evaluation.defenders.kept_weights import State, kept
from evaluation.defenders.purifier import Denoiser, PurifierTraining, train_purifier
from evaluation.defenders.training_pairs import FEWEST, TrainingPairs
from evaluation.trackers.identity import recognizer_identity
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError
from recognizers import Recognizer


def learned_purifier(
    crops: TrainCrops,
    split: TrainSplit,
    learners: People,
    published: Published,
    edit: Edit,
    guide: Recognizer,
    settings: PurifierTraining,
    bench: Workbench,
    folder: Path,
) -> Denoiser:
    """A denoiser for one victim's crops.

    Args:
        crops: Looks at the photos.
        split: Who has which photos.
        learners: The numbers of the people who are set aside.
        published: Their protected photos.
        edit: What the tracker does to whole photos before.
        guide: The recogniser whose crops these are.
        settings: How the denoiser is trained.
        bench: The tracker.
        folder: Where weights are kept: training that was done once is not done again.

    Raises:
        SettingsError: There are too few photos to learn from.
    """
    pairs = _pairs(crops, split, learners, published, edit)
    if len(pairs) < FEWEST:
        raise SettingsError(
            f"a purifier learns from {FEWEST} pairs of photos or more, not {len(pairs)}: set more people "
            "with protected photos aside"
        )
    seed = 0
    key = {
        "pairs": [(before.sha256, after.sha256) for before, after in pairs],
        "edit": edit.name,
        "guide": recognizer_identity(guide),
        "settings": repr(settings),
        "seed": seed,
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]

    def train() -> State:
        clean, protected = (_floats(crops.cut(side, guide.crop)) for side in zip(*pairs, strict=True))
        people = np.unique([before.photo.person for before, _ in pairs], return_inverse=True)[1]
        lessons = TrainingPairs(clean, protected, people.astype(np.int64))
        return train_purifier(guide, lessons, bench.device, seed, bench.progress, settings).state_dict()

    denoiser = Denoiser()
    denoiser.load_state_dict(kept(folder / f"purifier-{digest}.safetensors", train))
    return denoiser.eval().requires_grad_(False).to(bench.device)


def _pairs(
    crops: TrainCrops, split: TrainSplit, learners: People, published: Published, edit: Edit
) -> list[tuple[Sighting, Sighting]]:
    """Photos on which both faces are found, the protected one at the clean one's landmarks."""
    photos = [*split.trained(learners), *split.tested(learners)]
    clean = [photo for photo in photos if photo.name in published.photos]
    protected = [published.photos[photo.name].written for photo in clean]
    return [
        (before, replace(after, face=before.face))
        for before, after in zip(crops.look(clean, edit), crops.look(protected, edit), strict=True)
        if before.face is not None and after.face is not None
    ]


def _floats(crops: Tensor) -> Tensor:
    """8 bits as float16, 0..1: half the room, and finer."""
    return (crops.float() / 255).half()
