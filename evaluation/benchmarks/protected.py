"""Measures photos that any tool has protected, pair by pair with their originals.

How alike does a recogniser find an original and its protected version, against an ordinary copy of the
original (half the size, JPEG quality 75)? Does the version still pass for the same person at the recogniser's
usual threshold? How far did the pixels move? Whether a tracker finds the person in *other* photos is the
enrolment benchmark's question, which takes such versions too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.benchmarks.conditions import peak_memory
from evaluation.benchmarks.counterparts import counterparts
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.protected_quality import measured_quality
from evaluation.benchmarks.protecting import ProtectedPhoto
from evaluation.benchmarks.timing import Stopwatch
from evaluation.benchmarks.version_figures import COPY, PROTECTED, version_figures, version_histograms
from evaluation.benchmarks.workbench import Statistics, TrackerSettings, Workbench, digest
from evaluation.datasets.dataset import DataPhoto, Dataset
from evaluation.datasets.folders import photos_below
from evaluation.datasets.validation import Validation
from evaluation.defenders.defender import parse
from evaluation.defenders.edits import UNEDITED, Edit
from evaluation.results import Curve, Metric, Result
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError
from faceguard.faces.face import Face, overlap
from recognizers import Recognizer

_COPY_EDIT = "half+jpeg75"
_SAME_PLACE = 0.3  # boxes that overlap by more show the same face

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ProtectedSettings:
    """What `protected` is told.

    Attributes:
        clean: The folder of originals.
        protected: The folder of protected versions, at the same places.
        suffix: What the tool that made them adds to names.
        tracker: How photos are looked at.
        statistics: How chance is dealt with.
        defenders: Edits that are tried on the protected versions, such as "jpeg75".
    """

    clean: Path
    protected: Path
    suffix: str = ""
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    statistics: Statistics = field(default_factory=Statistics)
    defenders: tuple[str, ...] = ()


def originals(settings: ProtectedSettings) -> tuple[Dataset, dict[str, DataPhoto]]:
    """The originals that have a protected version, and these versions by name.

    A photo in a folder of its own below the originals' is of the person the folder names; photos that lie
    side by side count as one person's each.

    Raises:
        SettingsError: One of the folders is missing, or no photo has a version.
    """
    root = settings.clean
    if not root.is_dir():
        raise SettingsError(f"{root}: no such folder of originals")
    photos = []
    for path in photos_below(root):
        place = path.relative_to(root)
        person = place.parts[0] if len(place.parts) > 1 else place.name
        photos.append(DataPhoto(place.as_posix(), person, path))
    versions = counterparts(photos, settings.protected, settings.suffix)
    missing = tuple(
        f"the protected version of {photo.name}" for photo in photos if photo.name not in versions
    )
    kept = tuple(photo for photo in photos if photo.name in versions)
    return Dataset(root.name or str(root), "folders", root, kept, missing=missing), versions


def protected(
    settings: ProtectedSettings,
    bench: Workbench,
    validation: Validation,
    versions: Mapping[str, DataPhoto],
) -> Measured:
    """Measures protected versions of validated originals.

    Args:
        settings: What to measure.
        bench: The tracker.
        validation: The originals.
        versions: The protected version of each, by name.

    Returns:
        By recogniser and case ("ordinary copy", "protected", and "protected, EDIT"): `found`, the share of
        versions on which the face is found at its place; `similarity` (cosine, mean) of those to the
        original; `recognised`, the share that passes for the same person, with a face and at the usual
        threshold; `similarity_change` from the ordinary copy.

    Raises:
        SettingsError: A defender is no edit.
    """
    watch = Stopwatch()
    seen = validation.seen
    people = np.unique([sighting.photo.person for sighting in seen], return_inverse=True)[1]
    cases = {COPY: (parse(_COPY_EDIT).edit, False), PROTECTED: (UNEDITED, True)}
    for name in settings.defenders:
        cases[f"{PROTECTED}, {name}"] = (_edit(name), True)
    looks: dict[str, list[Sighting]] = {}
    with watch.stage("finding faces"):
        for case, (edit, replaced) in cases.items():
            photos = [versions[s.photo.name] if replaced else s.photo for s in seen]
            looks[case] = _at_the_same_place(seen, bench.pipeline.look(photos, edit))
    metrics: dict[str, dict[str, dict[str, Metric]]] = {}
    curves: dict[str, dict[str, dict[str, Curve]]] = {}
    for recognizer in bench.recognizers:
        with watch.stage("embedding"):
            before = bench.pipeline.embed(seen, [recognizer])[recognizer.name]
            after = {case: _embedded(bench, recognizer, looked) for case, looked in looks.items()}
        with watch.stage("measuring"):
            metrics[recognizer.name] = version_figures(
                recognizer, before, after, people, settings.statistics.bootstrap
            )
            curves[recognizer.name] = {
                case: version_histograms(before, vectors, people, settings.statistics.seed)
                for case, vectors in after.items()
            }
    with watch.stage("quality"):
        pairs = [ProtectedPhoto(s.photo, versions[s.photo.name], (_box(s),)) for s in seen]
        quality = measured_quality(pairs, bench, settings.statistics.bootstrap)
    result = Result(
        benchmark="protected",
        protocol={
            "data": validation.used.name,
            "photos": len(seen),
            "left_out": validation.counts(),
            **bench.protocol(),
        },
        settings={"defenders": list(settings.defenders)},
        data={"clean": digest(seen), "protected": digest(looks[PROTECTED])},
        hardware=bench.hardware,
        versions=bench.versions,
        seeds=(settings.statistics.seed,),
        metrics=metrics,
        quality={PROTECTED: quality} if quality else {},
        cost=peak_memory(bench.device),
        curves={name: {case: lines for case, lines in its.items() if lines} for name, its in curves.items()},
        timing=watch.seconds,
        not_measured=(*validation.remarks, *_remarks(people, len(validation.found.missing))),
    )
    return Measured(result, tuple(pairs))


def _edit(name: str) -> Edit:
    defender = parse(name)
    if defender.learned is not None or defender.unprotected or defender.oblivious or not defender.edit.name:
        raise SettingsError(f"{name!r} is no edit; here photos are edited, such as jpeg75 or half+jpeg75")
    return defender.edit


def _at_the_same_place(before: Sequence[Sighting], after: Sequence[Sighting]) -> list[Sighting]:
    """The second sightings, without a face where it lies elsewhere than in the first, sizes apart."""
    return [
        replace(now, face=now.face if _same_place(then, now) else None)
        for then, now in zip(before, after, strict=True)
    ]


def _same_place(then: Sighting, now: Sighting) -> bool:
    if then.face is None or now.face is None:
        return False
    return overlap(_of_unit_size(then), _of_unit_size(now)) > _SAME_PLACE


def _of_unit_size(sighting: Sighting) -> Face:
    """The face in shares of the photo's size."""
    assert sighting.face is not None
    height, width = sighting.size
    left, top, right, bottom = sighting.face.box
    box = (left / width, top / height, right / width, bottom / height)
    return Face(box, sighting.face.landmarks, sighting.face.score)


def _embedded(bench: Workbench, recognizer: Recognizer, seen: Sequence[Sighting]) -> Floats:
    """(N, D), not a number where there is no face."""
    usable = [place for place, sighting in enumerate(seen) if sighting.face is not None]
    found = np.full((len(seen), recognizer.dimension), np.nan, np.float32)
    found[usable] = bench.pipeline.embed([seen[place] for place in usable], [recognizer])[recognizer.name]
    return found


def _box(sighting: Sighting) -> tuple[float, float, float, float]:
    assert sighting.face is not None
    return sighting.face.box


def _remarks(people: NDArray[np.int64], missing: int) -> list[str]:
    remarks = ["whether a tracker finds these people in other photos: the enrolment benchmark measures that"]
    if len(np.unique(people)) == len(people):
        remarks.append("who is on which photos: each photo counts as a person of its own in the intervals")
    if missing:
        remarks.append(f"{missing} originals without a protected version")
    return remarks
