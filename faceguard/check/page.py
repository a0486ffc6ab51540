"""The check as a page: one file that needs no other, for phones, screens, paper and screen readers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from faceguard.check.findings import Check, CheckedPhoto, JudgedFace, Look, Opinion, Verdict
from faceguard.check.pictures import AMPLIFIED, PAGE_BYTES
from faceguard.check.words import (
    LIMITS,
    crafting_words,
    enrolment_sentence,
    independence_sentence,
    opinion_words,
    reasons,
    remarks,
    threshold_words,
    training_sentence,
    verdict_words,
)
from faceguard.measures.quality import Quality
from faceguard.photos import write_atomically
from faceguard.text.counts import number_of
from faceguard.text.printable import printable
from faceguard.text.short_names import short_name
from recognizers import Measure, Threshold

PAGE_NAME = "faceguard-report.html"
_TITLE = "Are these photos protected?"
_MOODS = {
    Verdict.PROTECTED: "good",
    Verdict.RECOGNISED: "bad",
    Verdict.UNJUDGED: "unsure",
    Verdict.LEFT: "unsure",
}
_SAID = {False: "good", True: "bad", None: "unsure"}
_LEFT, _WIDTH = 4.0, 112.0  # of a scale, in its own units
_FARTHEST = 1.2  # distances are drawn from here to 0; similarities from 0 to 1


def write_page(check: Check, path: Path) -> None:
    """Writes the page, whole or not at all.

    Args:
        check: What to show.
        path: The file; one that is there is replaced.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: It cannot be written for another reason.
    """
    write_atomically(path, page_html(check).encode())


def page_html(check: Check) -> str:
    """The page as text.

    The photos that are not protected come first, and keep their pictures where there is no room for all.
    """
    here = files("faceguard.check")
    names = ("style.css", "compare.js", "page.html.jinja")
    style, script, template = (here.joinpath(name).read_text(encoding="utf-8") for name in names)
    script = f"\n{script.strip()}\n"  # as it stands between its tags: what is hashed has to be exact
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    ordered = sorted(check.photos, key=lambda photo: (not reasons(photo), photo.name))
    photos = [_photo(photo, number) for number, photo in enumerate(ordered, 1)]
    without_pictures = _drop_pictures(photos)
    return environment.from_string(template).render(
        title=_TITLE,
        style=Markup(style),
        script=Markup(script.strip()),
        script_hash=_digest(script),
        mood=_mood(check),
        enrolment=enrolment_sentence(check),
        training=training_sentence(check),
        photos=photos,
        not_protected=[photo for photo in photos if photo["reasons"]],
        failed=[{"name": printable(photo.name), "reason": printable(photo.reason)} for photo in check.failed],
        without_copy=[printable(name) for name in check.without_copy],
        without_pictures=without_pictures,
        amplified=AMPLIFIED,
        judges=[
            {
                "name": judge.name,
                "crafting": crafting_words(check, judge.name),
                "threshold": threshold_words(judge.threshold),
                "source": judge.threshold.source if judge.threshold is not None else "",
                "tally": check.tally(judge.name),
            }
            for judge in check.judges
        ],
        absent=check.absent,
        independence=independence_sentence(check),
        limits=LIMITS,
        footer=_footer(check),
    )


def _digest(script: str) -> Markup:
    """What allows this script, and no other, to run."""
    return Markup(f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}")


def _mood(check: Check) -> str:
    if check.count(Verdict.RECOGNISED):
        return "bad"
    return "good" if check.protected else "unsure"


def _drop_pictures(photos: Sequence[dict[str, Any]]) -> int:
    """Takes the pictures from the last photos where there is no room for all; returns from how many."""
    used = dropped = 0
    for photo in photos:
        used += photo["pictures"].size
        if used > PAGE_BYTES * 1.25:
            photo["pictures"] = None
            dropped += 1
    return dropped


def _photo(photo: CheckedPhoto, number: int) -> dict[str, Any]:
    why = [printable(reason) for reason in reasons(photo)]
    mood = _MOODS[photo.verdict] if photo.verdict is not None else "unsure"
    return {
        "number": number,
        "name": printable(photo.name),
        "original": printable(photo.original),
        "reasons": why,
        "mood": mood,
        "verdict": f"Not protected: {'; '.join(why)}" if why else f"Protected: {_protected(photo)}",
        "pictures": photo.pictures,
        "boxes": [_box(photo, face, place) for place, face in enumerate(photo.faces, 1)],
        "quality": _quality(photo),
        "quality_of": "face" if sum(not face.left for face in photo.faces) == 1 else "faces",
        "remarks": remarks(photo),
        "faces": [_face(face, place, len(photo.faces)) for place, face in enumerate(photo.faces, 1)],
    }


def _protected(photo: CheckedPhoto) -> str:
    left = sum(face.left for face in photo.faces)
    count = len(photo.faces) - left
    asked = f"; {left} left as asked" if left else ""
    return f"{'the face is not' if count == 1 else f'none of the {count} faces is'} recognised{asked}"


def _box(photo: CheckedPhoto, face: JudgedFace, number: int) -> dict[str, Any]:
    across, down = photo.pictures.width / photo.change.width, photo.pictures.height / photo.change.height
    left, top, right, bottom = face.box
    return {
        "number": number,
        "mood": _MOODS[face.verdict],
        "left": round((left + 0.5) * across, 1),
        "top": round((top + 0.5) * down, 1),
        "width": round((right - left) * across, 1),
        "height": round((bottom - top) * down, 1),
    }


def _quality(photo: CheckedPhoto) -> str:
    if photo.quality is None:
        return "not measured, as the photo is cropped" if photo.faces and photo.change.cropped else ""
    if photo.change.unchanged:
        return "nothing changed"
    copied = ", resizing and compression on the way included" if photo.change.resized else ""
    return f"{_figures(photo.quality)}{copied}"


def _figures(quality: Quality) -> str:
    return (
        f"PSNR {quality.psnr:.1f} dB, SSIM {quality.ssim:.3f} (1 is the same picture), "
        f"FLIP {quality.flip:.3f} (0 is the same picture)"
    )


def _face(face: JudgedFace, number: int, count: int) -> dict[str, Any]:
    return {
        "name": f"face {number}" if count > 1 else "the face",
        "mood": _MOODS[face.verdict],
        "verdict": verdict_words(face),
        "opinions": [_opinion(name, opinion) for name, opinion in face.opinions.items()],
    }


def _opinion(name: str, opinion: Opinion) -> dict[str, Any]:
    return {
        "recogniser": short_name(name),
        "mood": _SAID[opinion.recognised],
        "said": opinion_words(opinion),
        "threshold": threshold_words(opinion.threshold),
        "looks": [
            _look("as it is", opinion.as_is, opinion.threshold),
            _look("ordinary copy", opinion.copied, opinion.threshold),
        ],
    }


def _look(name: str, look: Look, threshold: Threshold | None) -> dict[str, Any]:
    return {
        "name": name,
        "before": f"{look.before:.2f}",
        "after": f"{look.after:.2f}",
        "from": _on_scale(look.before, threshold),
        "to": _on_scale(look.after, threshold),
        "line": None if threshold is None else _on_scale(threshold.value, threshold),
    }


def _on_scale(value: float, threshold: Threshold | None) -> float:
    """Where a number is drawn: more alike is farther to the right."""
    distance = threshold is not None and threshold.measure is Measure.EUCLIDEAN
    share = 1 - value / _FARTHEST if distance else value
    return round(_LEFT + _WIDTH * min(max(share, 0.0), 1.0), 1)


def _footer(check: Check) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in check.versions.items())
    return (
        f"{number_of(len(check.photos), 'photo')} and {number_of(len(check.faces), 'face')} in "
        f"{check.seconds:,.0f} seconds on {check.device}; faces found by {short_name(check.detector)}. "
        f"{versions}."
    )
