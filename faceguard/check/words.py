"""What a check found, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from faceguard.check.findings import Check, CheckedPhoto, JudgedFace, Opinion, Verdict
from faceguard.text.counts import number_of
from faceguard.text.short_names import short_name
from recognizers import Measure, Threshold

LIMITS = (
    "Other recognisers than those that judged may recognise these faces, and so may newer ones, or these "
    "with another threshold.",
    "Each face was compared with its own original. Whether a tracker names you by other photos of you, which "
    "may be out there already, was not measured, and protecting these photos does not change those.",
    "A tracker that is retrained on protected photos may learn to see through them.",
    "The photos were judged as they are and as one ordinary copy (half the original's size, JPEG quality "
    "75). What heavier editing, filters or a photo of the screen leave of the protection was not measured.",
    "A face that the detector overlooked in both photos is not in this report: look through your photos.",
)


def enrolment_sentence(check: Check) -> str:
    """What the recognisers say about photos in a gallery."""
    faces = len(check.faces)
    if not check.photos:
        return "No photo could be checked, so nothing was judged."
    if not faces and check.left:
        return "No face was to be protected, so there was nothing to judge."
    if not faces:
        return "No face was found, so there was nothing to judge."
    recognised, unjudged = check.count(Verdict.RECOGNISED), check.count(Verdict.UNJUDGED)
    judges = joined([short_name(judge.name) for judge in check.judges if judge.threshold is not None])
    besides = f"; {unjudged:,} could not be judged" if unjudged else ""
    if check.left:
        besides += f"; {number_of(check.left, 'face')} left as {'it was' if check.left == 1 else 'they were'}"
    if check.failed:
        besides += f"; {number_of(len(check.failed), 'photo')} could not be checked"
    if all(crafting is not None and crafting.threat == "training" for crafting in check.craftings):
        besides += "; the photos were protected against training, which is another threat"
    if unjudged == faces:
        return "No recogniser could judge the faces, so whether they are protected is not known."
    if recognised:
        are = "is" if recognised == 1 else "are"
        share = f"{recognised:,} of {number_of(faces, 'face')}"
        return f"{share} {are} still recognised{_by_judge(check)}{besides}."
    judged = " judged" if unjudged else ""
    by = f"recognised any more by {judges}"
    if faces - unjudged == 1:
        return f"The face{judged} is not {by}{_caveat(check, 'it')}{besides}."
    return f"None of the {faces - unjudged:,} faces{judged} is {by}{_caveat(check, 'them')}{besides}."


def training_sentence(check: Check) -> str:
    """What can be said about training."""
    craftings = check.craftings
    against = [c for c in craftings if c is not None and c.threat in ("training", "both")]
    if against:
        methods = joined(sorted({crafting.method for crafting in against if crafting.method is not None}))
        which = "The photos" if len(against) == len(craftings) else f"{len(against):,} of the photos"
        return (
            f"{which} were changed by a method against training{f' ({methods})' if methods else ''}; how "
            "little a recogniser learns from them cannot be seen from photos alone, only by training one "
            "(faceguard bench train)."
        )
    unseen = "How much a recogniser learns that is trained on these photos cannot be seen from photos alone"
    if craftings and None not in craftings:
        return f"{unseen}; their protection was not made against that."
    return f"{unseen}."


def independence_sentence(check: Check) -> str:
    """How much the judges' word is worth: those that were not crafted on say more."""
    judges = [judge for judge in check.judges if judge.threshold is not None]
    used = {judge.name: check.used_in_crafting(judge.name) for judge in judges}
    independent = [short_name(name) for name, was_used in used.items() if was_used is False]
    if None in used.values():
        return (
            "It is not known what all of these photos were crafted on: no manifest of faceguard says so. "
            "Recognisers that were crafted on are the easiest to mislead."
        )
    if not independent:
        return (
            "No recogniser that can judge was kept out of crafting, and those that were crafted on are the "
            "easiest to mislead. Name another with --recognizer to see how far the protection carries."
        )
    return f"Not used in crafting, and so the better witnesses: {joined(independent)}."


def verdict_words(face: JudgedFace) -> str:
    """What the recognisers together say of a face."""
    if face.verdict is Verdict.RECOGNISED:
        names = [short_name(name) for name, opinion in face.opinions.items() if opinion.recognised]
        return f"still recognised by {joined(names)}"
    if face.verdict is Verdict.UNJUDGED:
        return "cannot be judged"
    return "left as it was, as asked" if face.left else "not recognised"


def reasons(photo: CheckedPhoto) -> list[str]:
    """Why a photo does not count as protected; empty where it does."""
    if not photo.faces:
        return ["no face was found in it: nothing is protected"]
    if all(face.left for face in photo.faces):
        return ["none of its faces was to be protected"]
    if photo.change.unchanged:
        return ["it is the original, unchanged"]
    several = len(photo.faces) > 1
    return [
        f"{f'face {number} is ' if several else 'the face is '}{verdict_words(face)}"
        if face.verdict is Verdict.RECOGNISED
        else f"{f'face {number} ' if several else 'the face '}cannot be judged: {_why_unjudged(face)}"
        for number, face in enumerate(photo.faces, 1)
        if face.verdict in (Verdict.RECOGNISED, Verdict.UNJUDGED)
    ]


def remarks(photo: CheckedPhoto) -> list[str]:
    """What else is worth knowing about a photo."""
    change = photo.change
    said = []
    if change.cropped:
        said.append(f"It shows another section than the original, at {100 * change.scale:.0f} % of its size.")
    elif change.resized:
        said.append(
            f"It has {100 * change.scale:.0f} % of the original's size ({change.width} × {change.height})."
        )
    for number, face in enumerate(photo.faces, 1):
        name = f"Face {number}" if len(photo.faces) > 1 else "The face"
        if not face.found_after:
            said.append(f"{name} was not found again by the detector; it was judged where it must be.")
        elif not face.found_before:
            said.append(f"{name} was not found in the original, only in this photo.")
    return said


def opinion_words(opinion: Opinion) -> str:
    """What one recogniser says of a face."""
    if opinion.recognised is None:
        if opinion.threshold is None:
            return "cannot say: no usual threshold is known"
        return "cannot say: not recognised unprotected either"
    return "recognised" if opinion.recognised else "not recognised"


def threshold_words(threshold: Threshold | None) -> str:
    """Where a recogniser draws the line."""
    if threshold is None:
        return "no usual threshold; 1 is the same face"
    if threshold.measure is Measure.EUCLIDEAN:
        return f"same person: distance of {threshold.value:g} or less"
    return f"same person: similarity of {threshold.value:g} or more"


def crafting_words(check: Check, judge: str) -> str:
    """Whether a recogniser was used in crafting."""
    used = check.used_in_crafting(judge)
    if used is None:
        return "whether it was used in crafting is not known"
    return "used in crafting" if used else "not used in crafting"


def joined(names: Sequence[str]) -> str:
    """Names as they are said: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _caveat(check: Check, them: str) -> str:
    """Reminds where only recognisers judged that the protection was made on."""
    used = [check.used_in_crafting(judge.name) for judge in check.judges if judge.threshold is not None]
    return f", on which the protection was crafted; others may still recognise {them}" if all(used) else ""


def _by_judge(check: Check) -> str:
    judges = [judge.name for judge in check.judges if judge.threshold is not None]
    if len(judges) == 1:
        return f" by {short_name(judges[0])}"
    counts = [f"{check.tally(name).recognised:,} by {short_name(name)}" for name in judges]
    return f" ({', '.join(counts)})"


def _why_unjudged(face: JudgedFace) -> str:
    if all(opinion.threshold is None for opinion in face.opinions.values()):
        return "no recogniser with a usual threshold judged"
    return "at this size it is not recognised without protection either"
