"""The enrolment benchmark: a tracker enrols a user's protected photos among other people's clean ones.

One user at a time, the tracker's gallery holds the first half of everybody's photos by file name, that user's
replaced by the protected files: written, read again, detected again. Probes are the user's other photos. What
counts is how often the tracker still names them right (Radiya-Dixit et al. 2022: the protection rate is its
error on the user's clean probes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.benchmarks.enroll_cases import all_cases
from evaluation.benchmarks.enroll_parts import EnrollParts
from evaluation.benchmarks.enroll_result import enroll_result
from evaluation.benchmarks.enroll_settings import EnrollSettings
from evaluation.benchmarks.gallery_split import GallerySplit, check_usable, gallery_split
from evaluation.benchmarks.learned_defenders import Lesson
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.protected_quality import measured_quality
from evaluation.benchmarks.published_photos import (
    Published,
    by_any_tool,
    by_this_tool,
    every_so_many,
    used_in_crafting,
)
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.validation import Validation
from evaluation.defenders import defender as defenders
from evaluation.defenders.defender import Defender
from evaluation.trackers import names as trackers
from evaluation.trackers.sighting import Sighting
from faceguard.album.guard import Guard
from faceguard.errors import SettingsError


def enroll(
    settings: EnrollSettings,
    bench: Workbench,
    validation: Validation,
    guard: Guard[Any] | None = None,
) -> Measured:
    """Measures enrolment on validated data.

    Args:
        settings: What to measure.
        bench: The tracker.
        validation: The data.
        guard: What protects; None for what the settings say.

    Returns:
        By recogniser and case (`evaluation.benchmarks.enroll_cases.case_name`): `rank1`, `rank5`,
        `protection_rate` = 1 - rank1, and `rank1_change` from the clean gallery, over the users' probes.

    Raises:
        SettingsError: There are too few people or photos, or a defender or tracker cannot be had.
        FaceguardError: A photo could not be protected.
    """
    watch = Stopwatch()
    named = [trackers.load(name, settings.statistics.seed) for name in dict.fromkeys(settings.trackers)]
    chosen = [defenders.parse(name) for name in dict.fromkeys(("none", *settings.defenders))]
    _check_oblivious(chosen, settings, bench)
    split = gallery_split(validation.found, settings.gallery_photos)
    usable = {sighting.photo.name: sighting for sighting in validation.seen}
    learning = any(defender.learned is not None for defender in chosen)
    with watch.stage("protecting"):
        published, learners = _published(settings, split, usable, bench, learning, guard)
    lessons = [
        Lesson(photo, published.photos[photo.name].written)
        for person in learners
        for photo in split.probes[person]
        if photo.name in published.photos
    ]
    parts = EnrollParts(settings, bench, split, published, usable, lessons)
    found = {
        recognizer.name: all_cases(parts, recognizer, chosen, named, watch)
        for recognizer in bench.recognizers
    }
    with watch.stage("quality"):
        photos = [published.photos[photo.name] for photo in parts.own if photo.name in published.photos]
        quality = measured_quality(photos, bench, settings.statistics.bootstrap)
    return Measured(enroll_result(parts, validation, found, chosen, quality, watch), tuple(photos))


def _published(
    settings: EnrollSettings,
    split: GallerySplit,
    usable: Mapping[str, Sighting],
    bench: Workbench,
    learning: bool,
    guard: Guard[Any] | None,
) -> tuple[Published, list[int]]:
    """What is published, and the numbers of the people that learned defenders learn from."""
    if settings.protected is not None:
        published = by_any_tool(settings, split)
        check_usable(split, published.users, usable.values())
        others = [person for person in range(len(split.people)) if person not in published.users]
        return published, others if learning else []
    users = every_so_many(len(split.people), settings.every)
    check_usable(split, users, usable.values())
    others = [person for person in range(len(split.people)) if person not in users]
    learners = _spread(others, settings.learning_people) if learning else []
    return by_this_tool(settings, split, usable, bench, users, learners, guard), learners


def _spread(people: Sequence[int], count: int) -> list[int]:
    """So many of them, evenly spread."""
    if len(people) <= count:
        return list(people)
    return [people[place * len(people) // count] for place in range(count)]


def _check_oblivious(chosen: Sequence[Defender], settings: EnrollSettings, bench: Workbench) -> None:
    used = settings.crafting.surrogates
    seen = [used_in_crafting(recognizer.name, used) for recognizer in bench.recognizers]
    if any(defender.oblivious for defender in chosen) and all(seen):
        raise SettingsError(
            "the oblivious defender runs a recogniser that was never used in crafting; name one with "
            f"--recognizer beside {', '.join(used)}"
        )
