"""The enrolment benchmark's result, from its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.curves import similarity_histograms
from evaluation.benchmarks.enroll_cases import case_name
from evaluation.benchmarks.enroll_measure import Trials, metrics, per_person
from evaluation.benchmarks.enroll_parts import EnrollParts
from evaluation.benchmarks.enroll_settings import Case
from evaluation.benchmarks.gallery_split import unusable_probes
from evaluation.benchmarks.published_photos import used_in_crafting
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.workbench import digest
from evaluation.datasets.validation import Validation
from evaluation.defenders.defender import Defender
from evaluation.results import Curve, Metric, Result

AllTrials = Mapping[str, Mapping[str, Trials]]


def enroll_result(
    parts: EnrollParts,
    validation: Validation,
    found: AllTrials,
    defenders: Sequence[Defender],
    quality: Mapping[str, Metric],
    watch: Stopwatch,
) -> Result:
    """Puts a result together.

    Args:
        parts: What was measured on.
        validation: The data.
        found: Recogniser -> case name -> trials.
        defenders: What was done against protection.
        quality: How far the users' gallery photos are from their originals.
        watch: How long the stages took.
    """
    settings, published = parts.settings, parts.published
    used = published.surrogates
    unseen = [name for name in found if not used_in_crafting(name, used)] if used else []
    return Result(
        benchmark="enroll",
        protocol={
            "data": validation.used.name,
            "layout": validation.used.layout,
            "people": len(parts.split.people),
            "users": len(parts.users),
            "gallery_photos": settings.gallery_photos or "half",
            "edit_on": settings.edit_on.value,
            "left_out": validation.counts(),
            **parts.bench.protocol(),
        },
        settings={
            **published.settings,
            "oblivious": unseen,
            "trackers": list(settings.trackers),
            "defenders": [defender.name for defender in defenders],
            "learning_photos": len(parts.lessons),
        },
        data={validation.used.name: digest(validation.seen)},
        hardware=parts.bench.hardware,
        versions=parts.bench.versions,
        seeds=(settings.crafting.seed, settings.statistics.seed),
        metrics={name: _figures(parts, cases) for name, cases in found.items()},
        quality={case_name(Case.PROTECTED_GALLERY): quality} if quality else {},
        cost={**published.cost.metrics(), **peak_memory(parts.bench.device)},
        curves={name: _curves(cases) for name, cases in found.items()},
        per_person={name: {case: per_person(its) for case, its in c.items()} for name, c in found.items()},
        timing=watch.seconds,
        not_measured=(
            *validation.remarks,
            *published.remarks,
            *_left_out(parts),
            *unusable_probes(parts.split, parts.users, validation.seen),
        ),
    )


def _figures(parts: EnrollParts, cases: Mapping[str, Trials]) -> dict[str, dict[str, Metric]]:
    figures = {}
    for name, its in cases.items():
        clean = cases.get(name.replace(Case.PROTECTED_GALLERY.value, Case.CLEAN.value, 1))
        bootstrap = parts.settings.statistics.bootstrap
        figures[name] = metrics(its, clean if clean is not its else None, bootstrap)
    return figures


def _curves(cases: Mapping[str, Trials]) -> dict[str, dict[str, Curve]]:
    curves = {}
    for name, its in cases.items():
        if len(its.own) and len(its.others):
            scores = np.concatenate([its.own, its.others])
            same = np.repeat([True, False], [len(its.own), len(its.others)])
            curves[name] = similarity_histograms(scores, same)
    return curves


def _left_out(parts: EnrollParts) -> list[str]:
    """What became of photos on the way, in sentences."""
    all_own = sum(len(parts.split.gallery[user]) for user in parts.users)
    versions = parts.published.versions(parts.own)
    faceless = sum(sighting.face is None for sighting in parts.bench.pipeline.look(versions))
    remarks = []
    if len(parts.own) < all_own:
        remarks.append(f"{all_own - len(parts.own)} of {all_own} gallery photos of users are of no use clean")
    if faceless:
        remarks.append(
            f"{faceless} of {len(versions)} protected gallery photos show no face any more: not enrolled"
        )
    return remarks
