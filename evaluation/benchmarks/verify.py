"""Verification 1:1: do two photos show one person? ROC, EER, TAR at FAR, and LFW's accuracy over folds.

With a folder of protected versions the same pairs are scored again, with one photo or both replaced, and the
drop is given with an interval from the same persons drawn for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.counterparts import counterparts
from evaluation.benchmarks.curves import roc_curve, similarity_histograms
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.pairing import Pairing, pairing, people_of
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.workbench import DataSettings, Statistics, TrackerSettings, Workbench, digest
from evaluation.datasets.validation import Validation
from evaluation.intervals import Bootstrap
from evaluation.metrics.measured_verification import verification_difference, verification_metrics
from evaluation.metrics.names import tar_name
from evaluation.metrics.pairs import ScoredPairs, pair_similarities
from evaluation.metrics.verification import FARS, InsufficientData, Roc, eer, roc, tar_at_far
from evaluation.results import Curve, Metric, Result
from evaluation.trackers.sighting import Sighting
from recognizers import Measure, Recognizer

CLEAN, ONE, BOTH = "clean/clean", "protected/clean", "protected/protected"
DROP = "{case}, change"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class VerifySettings:
    """What `verify` is told.

    Attributes:
        data: Which data.
        tracker: How photos are looked at.
        statistics: How chance is dealt with.
        most_pairs: At most so many genuine and so many impostor pairs, where the data set lists none.
        protected: A folder of protected versions of its photos; None to measure clean photos alone.
        suffix: What the tool that made these adds to names.
    """

    data: DataSettings
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    statistics: Statistics = field(default_factory=Statistics)
    most_pairs: int = 2_000_000
    protected: Path | None = None
    suffix: str = ""


@dataclass(frozen=True, eq=False)
class _Found:
    """What one case, or its change from another, came to."""

    metrics: dict[str, Metric]
    curves: dict[str, Curve] = field(default_factory=dict)
    thresholds: dict[str, float | None] = field(default_factory=dict)


def verify(settings: VerifySettings, bench: Workbench, validation: Validation) -> Measured:
    """Measures verification on validated data.

    Args:
        settings: What to measure.
        bench: The tracker.
        validation: The data.

    Returns:
        By recogniser and case ("clean/clean"; with protected versions "protected/clean", where the first
        photo of each pair is protected, "protected/protected", and the change of each from the first):
        `accuracy` where the data have folds, `eer`, `auc`, `tar@far=...`.

    Raises:
        SettingsError: Genuine or impostor pairs are missing, or there are no protected versions.
    """
    watch = Stopwatch()
    pairs = pairing(validation.used, validation.seen, settings.most_pairs, settings.statistics.seed)
    clean = validation.seen
    protected: tuple[Sighting, ...] = ()
    remarks = [*validation.remarks, *_missing(validation)]
    if settings.protected is not None:
        with watch.stage("finding faces"):
            protected = _protected(settings, bench, clean)
        pairs, lost = _both_seen(pairs, protected)
        if lost:
            remarks.append(f"{lost} pairs are left out: no protected version of a photo, or no face on it")
    with watch.stage("embedding"):
        embeddings = _embeddings(bench, clean, protected)
    people = people_of(clean)
    measures = {recognizer.name: _measure(recognizer) for recognizer in bench.recognizers}
    found: dict[str, dict[str, _Found]] = {}
    bench.progress.stage("drawing persons again", len(embeddings))
    with watch.stage("measuring"):
        for name, (before, after) in embeddings.items():
            cases = _scored(before, after, pairs, people, measures[name])
            found[name] = _measured(cases, pairs.folds, settings.statistics.bootstrap)
            bench.progress.step()
    same = people[pairs.first] == people[pairs.second]
    result = Result(
        benchmark="verify",
        protocol={
            "data": validation.used.name,
            "layout": validation.used.layout,
            "photos": len(clean),
            "people": len(set(people.tolist())),
            "pairs": len(same),
            "genuine": int(same.sum()),
            "pairs_from": pairs.source,
            "similarity": {name: measure.value for name, measure in measures.items()},
            "left_out": validation.counts(),
            **bench.protocol(),
        },
        settings={"protected": settings.protected is not None},
        data={validation.used.name: digest(clean), **({"protected": digest(protected)} if protected else {})},
        hardware=bench.hardware,
        versions=bench.versions,
        seeds=(settings.statistics.seed,),
        metrics={name: {case: its.metrics for case, its in cases.items()} for name, cases in found.items()},
        cost=peak_memory(bench.device),
        thresholds={
            name: {case: its.thresholds for case, its in cases.items() if its.curves}
            for name, cases in found.items()
        },
        curves={
            name: {case: its.curves for case, its in cases.items() if its.curves}
            for name, cases in found.items()
        },
        timing=watch.seconds,
        not_measured=tuple(remarks),
    )
    return Measured(result)


def _missing(validation: Validation) -> list[str]:
    """What there is to say of the protocol's pairs that cannot be measured."""
    listed = len(validation.found.pairs)
    missing = listed - len(validation.used.pairs)
    return [f"{missing} of the protocol's {listed} pairs: a photo is of no use"] if missing else []


def _measured(
    cases: Mapping[str, ScoredPairs], folds: NDArray[np.int64] | None, bootstrap: Bootstrap
) -> dict[str, _Found]:
    """What one recogniser's scored pairs come to: by case, and by each case's change from the clean one."""
    found = {}
    for case, scored in cases.items():
        curve = roc(scored.scores, scored.same)
        found[case] = _Found(
            verification_metrics(scored, folds, bootstrap=bootstrap),
            {"roc": roc_curve(curve), **similarity_histograms(scored.scores, scored.same)},
            _thresholds(curve),
        )
        if case != CLEAN:
            found[DROP.format(case=case)] = _Found(
                verification_difference(cases[CLEAN], scored, folds, bootstrap=bootstrap)
            )
    return found


def _protected(settings: VerifySettings, bench: Workbench, clean: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """What is seen on the protected version of each photo; no face where there is none."""
    assert settings.protected is not None
    versions = counterparts([sighting.photo for sighting in clean], settings.protected, settings.suffix)
    seen = bench.pipeline.look([versions.get(s.photo.name, s.photo) for s in clean])
    return tuple(s if s.photo.name in versions else replace(s, face=None) for s in seen)


def _both_seen(pairs: Pairing, protected: Sequence[Sighting]) -> tuple[Pairing, int]:
    """The pairs both of whose protected photos show a face, and how many others there are."""
    usable = np.array([sighting.face is not None for sighting in protected])
    kept = usable[pairs.first] & usable[pairs.second]
    folds = None if pairs.folds is None else pairs.folds[kept]
    return Pairing(pairs.first[kept], pairs.second[kept], folds, pairs.source), int((~kept).sum())


def _embeddings(
    bench: Workbench, clean: Sequence[Sighting], protected: Sequence[Sighting]
) -> dict[str, tuple[Floats, Floats | None]]:
    """Recogniser -> (N, D) of the clean photos, and of the protected ones, zero where no face was found."""
    before = bench.pipeline.embed(clean, bench.recognizers)
    if not protected:
        return {name: (vectors, None) for name, vectors in before.items()}
    usable = [place for place, sighting in enumerate(protected) if sighting.face is not None]
    after = bench.pipeline.embed([protected[place] for place in usable], bench.recognizers)
    whole = {name: np.zeros_like(vectors) for name, vectors in before.items()}
    for name, vectors in after.items():
        whole[name][usable] = vectors
    return {name: (before[name], whole[name]) for name in before}


def _scored(
    before: Floats, after: Floats | None, pairs: Pairing, people: NDArray[np.int64], measure: Measure
) -> dict[str, ScoredPairs]:
    """Case -> the pairs with their similarities."""
    sides = {CLEAN: (before, before)}
    if after is not None:
        sides |= {ONE: (after, before), BOTH: (after, after)}
    found = {}
    for case, (first, second) in sides.items():
        both = np.concatenate([first, second])
        scores = pair_similarities(both, pairs.first, pairs.second + len(first), measure)
        found[case] = ScoredPairs(scores, people[pairs.first], people[pairs.second])
    return found


def _measure(recognizer: Recognizer) -> Measure:
    """How the recogniser's users compare its embeddings; by cosine where nobody has said."""
    return Measure.COSINE if recognizer.threshold is None else recognizer.threshold.measure


def _thresholds(curve: Roc) -> dict[str, float | None]:
    points = {"eer": eer(curve)}
    for far in FARS:
        point = tar_at_far(curve, far)
        if not isinstance(point, InsufficientData):
            points[tar_name(far)] = point
    return {name: point.threshold if np.isfinite(point.threshold) else None for name, point in points.items()}
