"""What of a data set can be used, and why the rest cannot: decided before anything is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from evaluation.datasets.dataset import Dataset
from evaluation.datasets.look_alikes import MOST_PHOTOS, look_alikes
from evaluation.trackers.face_choice import FaceChoice
from evaluation.trackers.sighting import Obstacle, Sighting
from faceguard.errors import SettingsError


class Fault(Enum):
    """Why a photo is left out, in the words of the table."""

    MISSING = "named, but not there"
    UNREADABLE = "unreadable"
    NO_FACE = "no face found"
    SEVERAL_FACES = "several faces"
    TWICE = "the same file again, of the same person"
    TWO_PEOPLE = "the same file under two people"
    FEW_PHOTOS = "person with too few photos"


_FAULTS = {
    Obstacle.UNREADABLE: Fault.UNREADABLE,
    Obstacle.NO_FACE: Fault.NO_FACE,
    Obstacle.SEVERAL_FACES: Fault.SEVERAL_FACES,
}


@dataclass(frozen=True)
class Problem:
    """A photo that is left out.

    Attributes:
        fault: The kind of reason.
        photo: Its name in the data set.
        reason: What is wrong with it, in words.
    """

    fault: Fault
    photo: str
    reason: str


@dataclass(frozen=True, eq=False)
class Validation:
    """What a run will use.

    Attributes:
        found: The data set as it was found.
        used: What of it will be used.
        seen: The sightings of the used photos, in their order.
        problems: What is left out, and why.
        remarks: What else should be known, in sentences.
    """

    found: Dataset
    used: Dataset
    seen: tuple[Sighting, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """How many photos have which fault; those without any are not listed."""
        counted = Counter(problem.fault for problem in self.problems)
        return {fault.value: counted[fault] for fault in Fault if counted[fault]}


def validate(
    found: Dataset,
    seen: Sequence[Sighting],
    choice: FaceChoice = FaceChoice.LARGEST,
    min_photos: int = 1,
) -> Validation:
    """Decides what is used of a data set.

    The same file twice would put a probe into its own gallery: one person's second copy is left out, and a
    file under two people altogether, as nobody knows whose it is. A data set with listed pairs is left as its
    protocol has it; copies are only remarked on.

    Args:
        found: The data set.
        seen: A sighting of each of its photos.
        choice: What is done with several faces.
        min_photos: Leave out people with fewer usable photos.

    Raises:
        SettingsError: Nothing is left, or a photo shows several faces and such are refused.
    """
    several = [sighting for sighting in seen if sighting.obstacle is Obstacle.SEVERAL_FACES]
    if several and choice is FaceChoice.REFUSE:
        raise SettingsError(
            f"{len(several)} photos show several faces, such as {several[0].photo.name}; "
            "remove them, or choose another policy with --faces"
        )
    problems = [Problem(Fault.MISSING, name, "the data set names it") for name in found.missing]
    problems += [
        Problem(_FAULTS[sighting.obstacle], sighting.photo.name, sighting.reason)
        for sighting in seen
        if sighting.obstacle is not None
    ]
    kept = [sighting for sighting in seen if sighting.obstacle is None]
    copies = _copies(kept)
    remarks = []
    if found.pairs:
        if copies and not found.aligned:  # packs repeat a photo for each of its pairs
            remarks.append(
                f"{len(copies)} photos are copies of others, such as {copies[0].photo} ({copies[0].reason}); "
                "the protocol's pairs are kept as they are"
            )
    else:
        problems += copies
        dropped = {problem.photo for problem in copies}
        kept = [sighting for sighting in kept if sighting.photo.name not in dropped]
    remarks += _look_alike_remarks(kept)
    per_person = Counter(sighting.photo.person for sighting in kept)
    problems += [
        Problem(Fault.FEW_PHOTOS, sighting.photo.name, f"{per_person[sighting.photo.person]} usable")
        for sighting in kept
        if per_person[sighting.photo.person] < min_photos
    ]
    kept = [sighting for sighting in kept if per_person[sighting.photo.person] >= min_photos]
    if not kept:
        raise SettingsError(f"{found.root}: {_nothing_left(found, problems, min_photos)}")
    used = found.only(sighting.photo for sighting in kept)
    if found.pairs and not used.pairs:
        raise SettingsError(
            f"{found.root}: no pair is left of {len(found.pairs)}: both photos must show a face"
        )
    return Validation(found, used, tuple(kept), tuple(problems), tuple(remarks))


def _copies(seen: Sequence[Sighting]) -> list[Problem]:
    by_file: dict[str, list[Sighting]] = {}
    for sighting in seen:
        by_file.setdefault(sighting.sha256, []).append(sighting)
    problems = []
    for group in by_file.values():
        people = {sighting.photo.person for sighting in group}
        for sighting in group[1:] if len(people) == 1 else group if len(group) > 1 else ():
            other = group[1] if sighting is group[0] else group[0]
            fault = Fault.TWICE if len(people) == 1 else Fault.TWO_PEOPLE
            problems.append(Problem(fault, sighting.photo.name, f"the same as {other.photo.name}"))
    return problems


def _look_alike_remarks(seen: Sequence[Sighting]) -> list[str]:
    if len(seen) > MOST_PHOTOS:
        return [f"not looked for: look-alike photos of different people, among {len(seen):,} photos"]
    pairs = [
        (seen[first].photo, seen[second].photo)
        for first, second in look_alikes([sighting.look for sighting in seen])
        if seen[first].photo.person != seen[second].photo.person
    ]
    if not pairs:
        return []
    first, second = pairs[0]
    return [
        f"{len(pairs)} pairs of photos of different people look the same, such as {first.name} and "
        f"{second.name}: look whether they are labelled right"
    ]


def _nothing_left(found: Dataset, problems: Sequence[Problem], min_photos: int) -> str:
    counted = Counter(problem.fault.value for problem in problems)
    faults = ", ".join(f"{count} {fault}" for fault, count in counted.items())
    return f"none of {len(found.photos)} photos can be used ({faults}; people need {min_photos} photos)"
