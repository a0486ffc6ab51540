"""The cases of the enrolment benchmark: what is protected, who names faces, what is done against it."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.benchmarks.enroll_measure import Shelves, Trials, study, trials
from evaluation.benchmarks.enroll_parts import EnrollParts
from evaluation.benchmarks.enroll_settings import Case, EditOn
from evaluation.benchmarks.learned_defenders import learned
from evaluation.benchmarks.published_photos import used_in_crafting
from evaluation.benchmarks.shelf import Shelf
from evaluation.benchmarks.timing import Stopwatch
from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders.defender import NONE, Defender
from evaluation.defenders.edits import UNEDITED, Edit
from evaluation.trackers.tracker import Tracker
from recognizers import Recognizer

_WITH_DEFENDER = (Case.PROTECTED_GALLERY, Case.CLEAN)


def case_name(case: Case, tracker: str = "nearest", defender: str = "none") -> str:
    """What a case is called in results: "clean/protected", "clean/protected, linear, jpeg75"."""
    plain = {"nearest", "none"}
    return ", ".join([case.value, *(part for part in (tracker, defender) if part not in plain)])


def all_cases(
    parts: EnrollParts,
    recognizer: Recognizer,
    defenders: Sequence[Defender],
    trackers: Sequence[Tracker],
    watch: Stopwatch,
) -> dict[str, Trials]:
    """Case name -> trials, with one recogniser.

    Args:
        parts: What the benchmark has put together.
        recognizer: The recogniser.
        defenders: What is done against protection; the oblivious one counts only where the recogniser was
            not used in crafting.
        trackers: Who names faces.
        watch: Times the stages.

    Raises:
        SettingsError: A learned defender or a tracker cannot be trained.
    """
    found: dict[str, Trials] = {}
    for defender in defenders:
        if defender.oblivious and used_in_crafting(recognizer.name, parts.published.surrogates):
            continue
        with watch.stage("training defenders"):
            victim = _victim(parts, recognizer, defender)
        with watch.stage("embedding"):
            shelves = _shelves(parts, victim, defender)
        with watch.stage("naming"):
            for tracker in trackers:
                found |= _named(parts, victim, defender, tracker, shelves)
    return found


def _victim(parts: EnrollParts, recognizer: Recognizer, defender: Defender) -> Recognizer:
    if defender.learned is None:
        return recognizer
    folder, seed = parts.settings.output / "learned", parts.settings.statistics.seed
    return learned(defender.learned, recognizer, parts.lessons, defender.edit, parts.bench, folder, seed)


def _shelves(parts: EnrollParts, victim: Recognizer, defender: Defender) -> Shelves:
    pipeline, edit_on = parts.bench.pipeline, parts.settings.edit_on
    gallery_edit = UNEDITED if edit_on is EditOn.PROTECTED else defender.edit
    probe_edit = defender.edit if edit_on is EditOn.ALL else UNEDITED

    def shelf(photos: Sequence[DataPhoto], edit: Edit) -> Shelf:
        return Shelf(pipeline, pipeline.look(photos, edit), victim)

    protected_probes = parts.published.versions(parts.probes)
    return Shelves(
        shelf(parts.gallery, gallery_edit),
        shelf(parts.probes, probe_edit),
        shelf(parts.own, defender.edit),
        shelf(parts.published.versions(parts.own), defender.edit),
        shelf(protected_probes, probe_edit) if protected_probes else None,
    )


def _named(
    parts: EnrollParts, victim: Recognizer, defender: Defender, tracker: Tracker, shelves: Shelves
) -> dict[str, Trials]:
    wanted = [case for case in Case if case in parts.settings.cases]
    if defender is not NONE:
        wanted = [case for case in wanted if case in _WITH_DEFENDER]
    if shelves.probes_protected is None:
        wanted = [case for case in wanted if not case.protected_probes]
    progress = parts.bench.progress
    progress.stage(f"{victim.name}: {tracker.name} tracker, {defender.name}", len(wanted) * len(parts.users))
    study(tracker, victim, shelves, parts.split, parts.users)
    found = {}
    for case in wanted:
        name = case_name(case, tracker.name, defender.name)
        found[name] = trials(case, tracker, shelves, parts.split, parts.users, defender.unprotected, progress)
    return found
