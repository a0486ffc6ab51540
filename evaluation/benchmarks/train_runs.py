"""Trains and tests everybody in a training benchmark: each defence, case, kind of photos and seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from evaluation.benchmarks.authorised import near
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.train_course import Course, Learner
from evaluation.benchmarks.train_parts import PROTECTED, TrainParts
from evaluation.benchmarks.train_preparation import Preparation, Prepared
from evaluation.benchmarks.train_purifier import learned_purifier
from evaluation.benchmarks.train_scenes import Scene
from evaluation.benchmarks.train_settings import EditOn
from evaluation.benchmarks.train_tests import VictimTests
from evaluation.benchmarks.train_trials import Trials
from evaluation.benchmarks.train_verification import VerificationData
from evaluation.benchmarks.train_victim import Victim
from evaluation.defenders.purifier import PurifierTraining
from evaluation.defenders.training_defence import NONE, TrainingDefence
from faceguard.errors import SettingsError
from recognizers import Recognizer


@dataclass(frozen=True, eq=False)
class Task:
    """One training.

    Attributes:
        learner: Who is trained.
        defence: What the tracker does against protection.
        scene: The case.
        kind: What it is trained on, `CLEAN` or `PROTECTED`.
        seed: The seed.
    """

    learner: Learner
    defence: TrainingDefence
    scene: Scene
    kind: str
    seed: int


@dataclass(frozen=True, eq=False)
class Run:
    """One learner, trained once and tested.

    Attributes:
        task: What was done.
        photos: How many photos it was trained on.
        training_accuracy: The share of these that were named rightly in the last epoch, as they were varied.
        seconds: How long training took, in this run and in those it goes on from.
        trials: Part (see `evaluation.benchmarks.train_tests`) -> what became of its trials.
    """

    task: Task
    photos: int
    training_accuracy: float
    seconds: float
    trials: Mapping[str, Trials]


def all_runs(parts: TrainParts, verification: VerificationData | None, watch: Stopwatch) -> list[Run]:
    """Trains and tests; what was trained before is only tested.

    Args:
        parts: What the benchmark has put together.
        verification: Pairs of strangers to compare in the open set.
        watch: Times the stages.

    Raises:
        SettingsError: A purifier cannot be trained, no face is left to train on, or a victim does not go with
            the key.
        RecognizerError: A victim cannot be trained.
    """
    settings = parts.settings
    plan = [*_victims(parts), *_with_keys(parts)]
    total = sum(len(cases) * len(_kinds(parts, one)) for one, _, cases in plan) * len(settings.seeds)
    found: list[Run] = []
    for learner, defence, cases in plan:
        untrained = learner.untrained(parts.bench.device)
        with watch.stage("training purifiers"):
            preparation = _preparation(parts, learner, untrained, defence)
        at_test = preparation if settings.edit_on is EditOn.ALL else Preparation(untrained.crop)
        for scene in cases:
            with watch.stage("finding faces"):
                tests = _tests(parts, scene, at_test, verification)
                kinds = {
                    kind: preparation(parts.crops, parts.training_photos(scene, kind))
                    for kind in _kinds(parts, learner)
                }
            for seed in settings.seeds:
                for kind, photos in kinds.items():
                    number = f"{len(found) + 1} of {total}"
                    task = Task(learner, defence, scene, kind, seed)
                    found.append(_run(parts, task, photos, tests, number, watch))
    return found


_Plan = Iterator[tuple[Learner, TrainingDefence, Sequence[Scene]]]


def _victims(parts: TrainParts) -> _Plan:
    for victim in parts.settings.victims:
        for defence in parts.defences:
            yield victim, defence, parts.scenes


def _with_keys(parts: TrainParts) -> _Plan:
    """Those who are trained because of a key, without defences: each case may have its own key."""
    asked = parts.settings.key
    if asked is not None:
        for scene in parts.scenes:
            for learner in near(parts.keys[scene.case], parts.settings.victims, asked.temperatures):
                yield learner, NONE, [scene]


def _kinds(parts: TrainParts, learner: Learner) -> Sequence[str]:
    return parts.kinds if learner.reference is None else (PROTECTED,)


def _preparation(
    parts: TrainParts, learner: Learner, untrained: Recognizer, defence: TrainingDefence
) -> Preparation:
    denoiser = None
    if defence.purifies:
        fine_tuned = isinstance(learner, Victim) and learner.fine_tuned
        denoiser = learned_purifier(
            parts.crops,
            parts.split,
            parts.set_aside,
            parts.lessons,
            defence.photo_edit,
            untrained,
            PurifierTraining() if fine_tuned else PurifierTraining(guided_steps=0),
            parts.bench,
            parts.settings.output / "learned",
        )
    return Preparation(untrained.crop, defence.photo_edit, denoiser, defence.crop_edit)


def _tests(
    parts: TrainParts, scene: Scene, preparation: Preparation, verification: VerificationData | None
) -> VictimTests:
    photos = preparation(parts.crops, parts.test_photos(scene))
    pairs = None
    if verification is not None and scene.kept_out:
        pairs = verification.prepared(preparation)
    flip = parts.bench.settings.flip
    return VictimTests(scene, parts.split, photos, parts.settings.neighbours, flip, pairs)


def _run(
    parts: TrainParts, task: Task, photos: Prepared, tests: VictimTests, number: str, watch: Stopwatch
) -> Run:
    count, training, progress = len(photos.photos), task.learner.training, parts.bench.progress
    if count < 2:
        raise SettingsError(
            f"{task.defence.name}: no face is found on the {task.kind} photos, so nothing can be trained"
        )
    told = ", ".join((task.learner.name, task.scene.case.value, task.kind, task.defence.name))
    progress.stage(f"training {number}: {told}", training.epochs * max(1, count // training.batch_size))
    labels = {parts.split.people[person]: label for label, person in enumerate(task.scene.trained)}
    course = Course(
        (photos.crops, photos.people(labels)),
        list(labels),
        task.kind,
        task.defence,
        parts.bench.device,
        task.seed,
        parts.settings.output / "victims",
        progress,
    )
    trained = task.learner.trained(course)
    progress.stage(f"testing {number}", 1)
    with watch.stage("testing"), torch.no_grad():
        trials = tests(trained.classifier)
    seconds = sum(epoch.seconds for epoch in trained.history)
    return Run(task, count, trained.history[-1].accuracy, seconds, trials)
