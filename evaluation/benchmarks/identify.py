"""Identification 1:N: who is on a photo? Rank-k and CMC, and in the open set FNIR at FPIR.

The gallery holds each person's first photos by name, the others are probes. In the open set some people are
not enrolled: a tracker should find nobody for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.curves import det_curve, rank_curve
from evaluation.benchmarks.distractors import distractor_photos
from evaluation.benchmarks.gallery_split import check_usable, gallery_split, unusable_probes
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.searches import PHOTOS, TEMPLATES, People, Search, searches
from evaluation.benchmarks.shelf import Shelf
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.workbench import DataSettings, Statistics, TrackerSettings, Workbench, digest
from evaluation.datasets.validation import Validation
from evaluation.intervals import PersonSums
from evaluation.metrics.identification import Candidates, cmc, identify
from evaluation.metrics.measured_identification import RANKS, identification_metrics, open_set_metrics
from evaluation.metrics.names import fnir_name
from evaluation.metrics.open_set import FPIRS, det, fnir_at_fpir
from evaluation.metrics.verification import InsufficientData
from evaluation.results import Curve, Metric, Result
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError
from recognizers import Recognizer

GALLERIES = (PHOTOS, TEMPLATES)
_LONGEST_RANK = 20


@dataclass(frozen=True)
class IdentifySettings:
    """What `identify_people` is told.

    Attributes:
        data: Which data.
        tracker: How photos are looked at.
        statistics: How chance is dealt with.
        gallery_photos: How many of each person's photos are in the gallery; None for half of them.
        galleries: What the gallery holds: "photos", "templates" (the mean of each person's), or both in turn.
        unknown: Which share of people is not enrolled in the open set, drawn by the seed; 0 for no open set.
        distractors: A folder of other people's photos that fill the gallery; None for none.
    """

    data: DataSettings
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    statistics: Statistics = field(default_factory=Statistics)
    gallery_photos: int | None = None
    galleries: tuple[str, ...] = (PHOTOS,)
    unknown: float = 0.0
    distractors: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.unknown < 1:
            raise SettingsError(f"the share of unknown people is 0 or more and below 1, not {self.unknown}")
        strange = [name for name in self.galleries if name not in GALLERIES]
        if strange or not self.galleries:
            raise SettingsError(f"a gallery holds {' or '.join(GALLERIES)}, not {', '.join(strange)}")


@dataclass(frozen=True, eq=False)
class _Found:
    """What one search came to."""

    metrics: dict[str, Metric]
    curves: dict[str, Curve]
    thresholds: dict[str, float | None] = field(default_factory=dict)
    per_person: dict[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)


def identify_people(settings: IdentifySettings, bench: Workbench, validation: Validation) -> Measured:
    """Measures identification on validated data.

    Args:
        settings: What to measure.
        bench: The tracker.
        validation: The data.

    Returns:
        By recogniser and case (`evaluation.benchmarks.searches.Search`): `rank1`, `rank5`, ...; in the open
        set `fnir@fpir=...`.

    Raises:
        SettingsError: There are too few people or photos.
    """
    watch = Stopwatch()
    split = gallery_split(validation.found, settings.gallery_photos)
    check_usable(split, range(len(split.people)), validation.seen)
    unknown = _unknown(len(split.people), settings)
    with watch.stage("finding faces"):
        others = _distractors(settings, bench)
    found: dict[str, dict[str, _Found]] = {}
    for recognizer in bench.recognizers:
        with watch.stage("embedding"):
            shelf = Shelf(bench.pipeline, validation.seen, recognizer)
            added = _embedded(bench, recognizer, others, len(split.people))
        every = list(searches(shelf, split, unknown, settings.galleries, added))
        bench.progress.stage(f"searching with {recognizer.name}", len(every))
        found[recognizer.name] = {}
        for search in every:
            with watch.stage("searching"):
                candidates = identify(
                    search.probes.embeddings,
                    search.probes.numbers,
                    search.gallery.embeddings,
                    search.gallery.numbers,
                )
            with watch.stage("measuring"):
                measure = _open_set if search.open_set else _closed_set
                found[recognizer.name][search.case] = measure(search, candidates, settings.statistics)
            bench.progress.step()
    data = {validation.used.name: digest(validation.seen)}
    lost = unusable_probes(split, range(len(split.people)), validation.seen)
    result = Result(
        benchmark="identify",
        protocol={
            "data": validation.used.name,
            "layout": validation.used.layout,
            "people": len(split.people),
            "unknown_people": len(unknown),
            "gallery_photos": settings.gallery_photos or "half",
            "distractors": len(others),
            "similarity": "cosine",
            "left_out": validation.counts(),
            **bench.protocol(),
        },
        settings={"galleries": list(settings.galleries)},
        data={**data, **({"distractors": digest(others)} if others else {})},
        hardware=bench.hardware,
        versions=bench.versions,
        seeds=(settings.statistics.seed,),
        metrics={name: {case: its.metrics for case, its in cases.items()} for name, cases in found.items()},
        cost=peak_memory(bench.device),
        thresholds={
            name: {case: its.thresholds for case, its in cases.items()} for name, cases in found.items()
        },
        curves={name: {case: its.curves for case, its in cases.items()} for name, cases in found.items()},
        per_person={
            name: {case: its.per_person for case, its in cases.items()} for name, cases in found.items()
        },
        timing=watch.seconds,
        not_measured=(*validation.remarks, *lost),
    )
    return Measured(result)


def _unknown(people: int, settings: IdentifySettings) -> frozenset[int]:
    """The people who are not enrolled in the open set."""
    count = round(settings.unknown * people)
    if settings.unknown and not 0 < count < people:
        raise SettingsError(
            f"{settings.unknown:g} of {people} people are {count}; the open set needs some and leaves some"
        )
    drawn = np.random.default_rng(settings.statistics.seed).permutation(people)[:count]
    return frozenset(drawn.tolist())


def _distractors(settings: IdentifySettings, bench: Workbench) -> list[Sighting]:
    """The distractors whose faces are found."""
    if settings.distractors is None:
        return []
    seen = bench.pipeline.look(distractor_photos(settings.distractors))
    usable = [sighting for sighting in seen if sighting.face is not None]
    if not usable:
        raise SettingsError(f"{settings.distractors}: no photo of the distractors shows a face")
    return usable


def _embedded(
    bench: Workbench, recognizer: Recognizer, others: Sequence[Sighting], first: int
) -> People | None:
    """Distractors as people numbered from `first`; None without any."""
    if not others:
        return None
    numbers: dict[str, int] = {}
    people = [numbers.setdefault(sighting.photo.person, first + len(numbers)) for sighting in others]
    return People(bench.pipeline.embed(others, [recognizer])[recognizer.name], np.array(people, np.int64))


def _closed_set(search: Search, found: Candidates, statistics: Statistics) -> _Found:
    persons = len(np.unique(search.gallery.numbers))
    ranks = [rank for rank in RANKS if rank <= persons]
    hits = PersonSums.of(found.hits(1), search.probes.numbers)
    pairs = tuple((float(sum_), int(n)) for sum_, n in zip(hits.sums, hits.counts, strict=True))
    return _Found(
        identification_metrics(found, search.probes.numbers, ranks, statistics.bootstrap),
        {"cmc": rank_curve(cmc(found, min(_LONGEST_RANK, persons)))},
        per_person={"rank1": pairs},
    )


def _open_set(search: Search, found: Candidates, statistics: Statistics) -> _Found:
    line = det(found)
    thresholds: dict[str, float | None] = {}
    for fpir in FPIRS:
        point = fnir_at_fpir(line, fpir)
        if not isinstance(point, InsufficientData):
            thresholds[fnir_name(fpir)] = point.threshold if np.isfinite(point.threshold) else None
    return _Found(
        open_set_metrics(found, search.probes.numbers, bootstrap=statistics.bootstrap),
        {"open_set": det_curve(line)},
        thresholds,
    )
