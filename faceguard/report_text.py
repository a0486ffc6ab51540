"""A report in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faceguard.printable import printable

LIMITS = (
    "Photos of you that are already out there still show who you are. A gallery that holds them may still "
    "recognise you in new photos.",
    "Recognisers it was not crafted against may still recognise the faces, and a tracker that is retrained "
    "on protected photos, now or later, may learn to see through them.",
    "A photo in which no face was found is unprotected, and so is a face that was overlooked in a photo "
    "with others: look through the result.",
    "The numbers hold for an ordinary copy (half the size, JPEG quality 75). What heavier editing, filters "
    "or a photo of the screen leave of the protection was not measured.",
)
TRAINING_LIMITS = (
    "This is against training: a recogniser that learns from these photos alone should learn less of whom "
    "they show. It does nothing against one that is not trained on them, such as a finished recogniser whose "
    "gallery holds you. How well it works was not measured on these photos.",
    "Photos of you that are already out there teach a recogniser who you are, and so does every photo of you "
    "that is not protected.",
    "Who knows of the protection can weaken or undo it: by adversarial training, greyscale, strong JPEG "
    "compression, or a network that cleans photos up.",
    "A photo in which no face was found is unprotected, and so is a face that was overlooked in a photo "
    "with others: look through the result.",
)
MASK_LIMIT = (
    "All photos of a person wear the same mask, which hides less than a cloak made for each photo; and "
    "photos that wear it still resemble each other: a tracker that holds some may recognise more by these."
)
BOTH_LIMITS = (
    "Two different things were done, within one budget, so each is weaker than it would be alone: against "
    "enrolment (a finished recogniser whose gallery holds you) each photo has a cloak; against training (a "
    "recogniser that learns from the photos) all photos of a person share blocks of colour. Neither does the "
    "other's work. The similarities above are about the first. The second was not measured on these photos; "
    "at medium strength it is weak: use high strength, or a method of its own.",
)
_SELECTION_LIMIT = (
    "Whose face is whose was decided by a recogniser, which errs: it may take a face for somebody else's, "
    "above all one in profile, dark, or of another age than on the references: look through the result."
)
_LISTED = 20


def limits_of(settings: Mapping[str, object]) -> tuple[str, ...]:
    """What a protection with some settings does not promise, in sentences."""
    limits: tuple[str, ...] = TRAINING_LIMITS if settings.get("threat") == "training" else LIMITS
    if settings.get("method") == "person-mask":
        limits = (MASK_LIMIT, *limits)
    if settings.get("threat") == "both":
        limits = (*BOTH_LIMITS, *LIMITS, *(limit for limit in TRAINING_LIMITS[1:] if limit not in LIMITS))
    return (*limits, _SELECTION_LIMIT) if settings.get("people") else limits


def report_text(report: Mapping[str, Any]) -> str:
    """Words for the JSON values of `AlbumReport.to_json`, without a line break at the end."""
    lines = [
        *_counts(report),
        *_threat(report),
        *_recognisers(report),
        *_quality(report),
        *_not_protected(report),
    ]
    return "\n".join(
        [*lines, "", "What this does not promise:", *(f"  - {limit}" for limit in report["limits"])]
    )


def number_of(count: int, thing: str) -> str:
    """A count with its noun, such as "1 photo" and "2 photos"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _counts(report: Mapping[str, Any]) -> Iterator[str]:
    counts = report["counts"]
    others = f"{counts['not_chosen']:,} with other people only copied, " if counts["not_chosen"] else ""
    before = f", {counts['done_before']:,} of them in an earlier run" if counts["done_before"] else ""
    yield (
        f"{number_of(counts['protected'], 'photo')} of {counts['photos']:,} protected "
        f"({number_of(counts['faces'], 'face')}), {counts['without_face']:,} without a face copied, {others}"
        f"{counts['failed']:,} failed{before}."
    )
    if not report["complete"]:
        dealt_with = sum(counts[key] for key in ("protected", "without_face", "not_chosen", "failed"))
        missing = counts["photos"] - dealt_with
        yield f"Not complete: {number_of(missing, 'photo')} to go; run the same command again."
    yield f"{report['seconds']:,.0f} seconds on {report['device']}."


def _threat(report: Mapping[str, Any]) -> Iterator[str]:
    settings = report["settings"]
    method, threat = settings.get("method"), settings.get("threat", "enrolment")
    against = {
        "enrolment": "enrolment: a finished recogniser should not find you by these photos",
        "training": "training: a recogniser that learns from these photos should not learn whom they show",
        "both": "both threats, in two ways within one budget: enrolment, by a cloak on each photo, and "
        "training, by blocks of colour that all photos of a person share",
    }
    if method and threat in against:
        yield f"Protected with {method}, against {against[threat]}."


def _recognisers(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["recognisers"]:
        return
    yield ""
    yield "The original face against an ordinary copy of it (before) and of the protected one (after):"
    for name, views in report["recognisers"].items():
        yield f"  {name}: {_recogniser(views)}"


def _recogniser(views: Mapping[str, Any]) -> str:
    distance = views["measure"] == "euclidean"
    word = "apart" if distance else "alike"
    text = f"before {_number(views['before'])} {word}, after {_number(views['after'])} {word}"
    if views["threshold"] is None:
        return f"{text} ({'0' if distance else '1'} is the same face; it has no usual threshold)"
    bound = f"{views['threshold']:.2f} and {'less' if distance else 'more'}"
    share = f"{views['recognised']:,} of {number_of(views['faces'], 'face')} still recognised"
    return f"{text} ({bound} counts as the same person): {share}"


def _quality(report: Mapping[str, Any]) -> Iterator[str]:
    quality = report["quality"]
    if quality is None:
        return
    yield ""
    yield (
        f"How it looks, on the faces: PSNR in dB {_both(quality['psnr'], 1)}, "
        f"SSIM {_both(quality['ssim'], 3)}, FLIP {_both(quality['flip'], 3)}; no value moved by more than "
        f"{quality['largest_change']} of 255 (a JPEG's own compression included)."
    )


def _not_protected(report: Mapping[str, Any]) -> Iterator[str]:
    unsure = [(entry["photo"], _unsure(entry)) for entry in report["unsure"]]
    yield from _listed("Unsure whose face it is, so look yourself:", unsure)
    chosen, others = (
        [(entry["photo"], entry["reason"]) for entry in report["not_protected"] if entry["kind"] in kinds]
        for kinds in (("failed", "without_face"), ("not_chosen",))
    )
    yield from _listed("Not protected:", chosen)
    yield from _listed("Not protected, as you chose:", others)
    yield from _listed(
        "Left out, as these are no photos faceguard can read:",
        [(entry["path"], entry["reason"]) for entry in report["left_out"]],
    )


def _unsure(entry: Mapping[str, Any]) -> str:
    left, top, right, bottom = entry["box"]
    place = f"the face at {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}"
    done = "protected" if entry["protected"] else "left as it is"
    return f"{place} is {entry['distance']:.2f} from {entry['reference']}: {done}"


def _listed(title: str, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield title
    for name, reason in entries[:_LISTED]:
        yield f"  {printable(name)}: {printable(reason)}"
    if len(entries) > _LISTED:
        yield f"  and {len(entries) - _LISTED:,} more; the report file lists them all"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _both(value: Mapping[str, float | None], digits: int) -> str:
    if value["mean"] is None or value["worst"] is None:
        return "unmeasured"
    return f"{value['mean']:.{digits}f} (worst {value['worst']:.{digits}f})"
