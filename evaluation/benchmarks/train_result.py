"""The training benchmark's result, from its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.train_course import Learner
from evaluation.benchmarks.train_figures import figures_over_seeds
from evaluation.benchmarks.train_parts import CLEAN, PROTECTED, TrainParts
from evaluation.benchmarks.train_runs import Run, Task
from evaluation.benchmarks.train_scenes import Scene
from evaluation.benchmarks.train_settings import TrainCase
from evaluation.benchmarks.train_tests import EVERYBODY
from evaluation.benchmarks.train_verification import VerificationData
from evaluation.benchmarks.train_victim import Victim
from evaluation.benchmarks.workbench import digest
from evaluation.datasets.validation import Validation
from evaluation.defenders.edits import UNEDITED
from evaluation.intervals import Bootstrap
from evaluation.results import Curve, Json, Metric, Result
from evaluation.trackers.identity import weights_digest
from evaluation.trackers.sighting import Sighting

_TRAINING = "accuracy_training"


def case_name(case: TrainCase, kind: str, defence: str = "none", part: str = EVERYBODY) -> str:
    """What a case is called in results.

    Such as "closed set, clean", "closed set, protected, jpeg10", "partial, protected, other people" and
    "open set, protected, verification"; each seed's own figures have ", seed 1" and so on behind it.
    """
    return ", ".join([case.value, kind, *([defence] if defence != "none" else []), *([part] if part else [])])


@dataclass(frozen=True)
class _Found:
    """What one victim came to, by case."""

    metrics: dict[str, dict[str, Metric]] = field(default_factory=dict)
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)
    per_person: dict[str, dict[str, tuple[tuple[float, int], ...]]] = field(default_factory=dict)


def train_result(
    parts: TrainParts,
    validation: Validation,
    verification: VerificationData | None,
    runs: Sequence[Run],
    quality: Mapping[str, Metric],
    watch: Stopwatch,
) -> Result:
    """Puts a result together.

    Args:
        parts: What was measured on.
        validation: The data.
        verification: The data of verification.
        runs: Every victim.
        quality: How far the protected photos are from their originals.
        watch: How long the stages took.
    """
    settings, published = parts.settings, parts.published[parts.scenes[0].case]
    by_learner: dict[str, list[Run]] = {}
    for run in runs:
        by_learner.setdefault(run.task.learner.name, []).append(run)
    learners = [its[0].task.learner for its in by_learner.values()]
    found = {name: _found(its, runs, settings.statistics.bootstrap) for name, its in by_learner.items()}
    data = {validation.used.name: digest(validation.seen)}
    if verification is not None:
        data[f"verification on {verification.validation.used.name}"] = verification.sha256
    training = {f"training {name}": sum(run.seconds for run in its) for name, its in by_learner.items()}
    return Result(
        benchmark="train",
        protocol={
            "data": validation.used.name,
            "layout": validation.used.layout,
            "people": len(parts.split.people),
            "train_photos": settings.train_photos or "four of five",
            "set_aside": len(parts.set_aside),
            "cases": {scene.case.value: _sizes(parts, scene) for scene in parts.scenes},
            "edit_on": settings.edit_on.value,
            "neighbours": settings.neighbours,
            "crops": "8 bits",
            "victims": {one.name: one.described() for one in learners if isinstance(one, Victim)},
            **parts.bench.protocol(),
        },
        settings={
            **published.settings,
            "protected": {scene.case.value: _protection(parts, scene) for scene in parts.scenes},
            "defences": {
                defence.name: {
                    "always": defence.always,
                    "at_training_only": defence.at_training_only,
                }
                for defence in parts.defences
            },
            **_with_key(parts, learners),
        },
        data=data,
        hardware=parts.bench.hardware,
        versions=parts.bench.versions,
        seeds=settings.seeds,
        metrics={name: its.metrics for name, its in found.items()},
        quality={case_name(parts.scenes[0].case, PROTECTED): quality} if quality else {},
        cost={
            **(published.cost.metrics() if settings.crafting is not None else {}),
            **peak_memory(parts.bench.device),
        },
        curves={name: its.curves for name, its in found.items()},
        per_person={name: its.per_person for name, its in found.items()},
        timing={**watch.seconds, **training},
        not_measured=(
            *validation.remarks,
            *parts.split.remarks,
            *dict.fromkeys(remark for its in parts.published.values() for remark in its.remarks),
            *_remarks(parts, verification),
        ),
    )


def _found(runs: Sequence[Run], everybody: Sequence[Run], bootstrap: Bootstrap) -> _Found:
    """The figures of one victim's runs: over the seeds first, then each seed's own."""
    found, singly = _Found(), _Found()
    for group in _by_case(runs):
        cleans = group.get(CLEAN) or _clean_runs(group[PROTECTED][0].task, everybody)
        for its in group.values():
            task = its[0].task
            for part in its[0].trials:
                each = [_figures(run, clean, part, bootstrap) for run, clean in zip(its, cleans, strict=True)]
                name = case_name(task.scene.case, task.kind, task.defence.name, part)
                found.metrics[name] = figures_over_seeds(each)
                for run, figures in zip(its, each, strict=True):
                    own = f"{name}, seed {run.task.seed}" if len(its) > 1 else name
                    singly.metrics[own] = figures
                    curves, sums = run.trials[part].curves(), run.trials[part].per_person()
                    singly.curves.update({own: curves} if curves else {})
                    singly.per_person.update({own: sums} if sums else {})
    return _Found({**found.metrics, **singly.metrics}, singly.curves, singly.per_person)


def _by_case(runs: Sequence[Run]) -> Iterator[dict[str, list[Run]]]:
    """The runs of each defence and scene: kind -> one for each seed."""
    groups: dict[tuple[str, TrainCase], dict[str, list[Run]]] = {}
    for run in runs:
        group = groups.setdefault((run.task.defence.name, run.task.scene.case), {})
        group.setdefault(run.task.kind, []).append(run)
    yield from groups.values()


def _clean_runs(task: Task, everybody: Sequence[Run]) -> list[Run]:
    """What somebody is held against who is not trained on clean photos: one for each seed."""
    reference = task.learner.reference
    assert reference is not None
    wanted = reference.name, task.defence.name, task.scene.case, CLEAN
    return [
        run
        for run in everybody
        if (run.task.learner.name, run.task.defence.name, run.task.scene.case, run.task.kind) == wanted
    ]


def _figures(run: Run, clean: Run, part: str, bootstrap: Bootstrap) -> dict[str, Metric]:
    trials = run.trials[part]
    figures = trials.metrics(bootstrap)
    if run is not clean:
        figures |= trials.changes(clean.trials[part], bootstrap)
    if part == EVERYBODY:
        remark = "of the last epoch's crops, as they were varied"
        figures[_TRAINING] = Metric(run.training_accuracy, None, None, run.photos, reason=remark)
    return figures


def _with_key(parts: TrainParts, learners: Sequence[Learner]) -> dict[str, Json]:
    """The keys, by their weights alone, and who was trained because of them; empty without any."""
    if not parts.keys:
        return {}
    return {
        "keys": {case.value: weights_digest(key.backbone) for case, key in parts.keys.items()},
        "trained_beside_victims": [one.name for one in learners if not isinstance(one, Victim)],
    }


def _sizes(parts: TrainParts, scene: Scene) -> dict[str, Json]:
    return {
        "people_trained_on": len(scene.trained),
        "people_kept_out": len(scene.kept_out),
        "training_photos": len(parts.training_photos(scene, CLEAN)),
        "test_photos": len(parts.test_photos(scene)),
    }


def _protection(parts: TrainParts, scene: Scene) -> dict[str, Json]:
    seen = _protected(parts, scene)
    return {
        "crafting": parts.published[scene.case].settings.get("crafting"),
        "people": len(scene.protected),
        "photos": len(seen),
        "photos_without_a_face": _faceless(parts, scene),
        "sha256": digest(seen),
    }


def _protected(parts: TrainParts, scene: Scene) -> list[Sighting]:
    """What is seen on the protected training photos."""
    photos = parts.published[scene.case].versions(parts.split.trained(scene.protected))
    return parts.crops.look(photos, UNEDITED)


def _faceless(parts: TrainParts, scene: Scene) -> int:
    return sum(sighting.face is None for sighting in _protected(parts, scene))


def _remarks(parts: TrainParts, verification: VerificationData | None) -> list[str]:
    remarks: list[str] = []
    if verification is not None:
        remarks += verification.validation.remarks
    for scene in parts.scenes:
        if scene.mixed and scene.case is not TrainCase.PARTIAL:
            remarks.append(
                f"{len(scene.others)} of {len(scene.trained)} people have no protected photos: theirs are "
                f"clean, in the {scene.case.value} too"
            )
        lost = _faceless(parts, scene)
        if lost:
            remarks.append(
                f"{lost} protected training photos cannot be read or show no face any more, in the "
                f"{scene.case.value}: not trained on"
            )
    if not parts.settings.protects:
        remarks.append("protected photos: victims were trained on clean ones alone")
    if any(defence.step.privacy is not None for defence in parts.defences):
        remarks.append(
            "an epsilon of differential privacy for DP-SGD: batches are shuffled, not drawn at random. Its "
            "clipping norm and noise multiplier are in its name, and with it victims from scratch have group "
            "in place of batch normalisation"
        )
    if parts.keys:
        remarks.append(
            "hackers with a part of the key, or its network's answers, on clean photos: their changes are "
            "from the clean victim of the same architecture and seed"
        )
    if parts.keys and len(parts.defences) > 1:
        remarks.append("defences of those who were trained because of the key: they were trained without any")
    return remarks
