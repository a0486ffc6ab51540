"""What a check found, as JSON values for programs."""

from __future__ import annotations

import math
from typing import Any

from faceguard.check.findings import Check, CheckedPhoto, Judge, JudgedFace, Opinion, Unchecked, Verdict
from faceguard.check.words import LIMITS, enrolment_sentence, reasons, training_sentence
from recognizers import Threshold

_SCHEMA = 1


def facts(check: Check) -> dict[str, Any]:
    """The check as JSON values.

    Returns:
        - `schema`: 1.
        - `protected`: Whether every face is judged and not recognised, and no photo failed.
        - `enrolment`, `training`: The sentence on each threat.
        - `counts`: `photos`, `faces` that were to be protected, and of these `not_recognised`, `recognised`
          and `unjudged`; the faces `left` as they were, as asked.
        - `recognisers`: Those that judged: `name`, `licence`, `measure`, `threshold`, `threshold_source`
          (null where there is none), `used_in_crafting` (null where not known), and how many faces are
          `recognised`, `not_recognised` and `unjudged` by it.
        - `absent`: `name` and `reason` of those that are there but could not judge.
        - `photos`: see `_photo`.
        - `failed`: `name` and `reason` of photos that could not be checked.
        - `without_copy`: The names of originals without a protected version.
        - `detector`, `device`, `versions`, `seconds`, and `limits`: what this does not promise.
    """
    return {
        "schema": _SCHEMA,
        "protected": check.protected,
        "enrolment": enrolment_sentence(check),
        "training": training_sentence(check),
        "counts": {
            "photos": len(check.photos),
            "faces": len(check.faces),
            "not_recognised": check.count(Verdict.PROTECTED),
            "recognised": check.count(Verdict.RECOGNISED),
            "unjudged": check.count(Verdict.UNJUDGED),
            "left": check.left,
        },
        "recognisers": [_judge(check, judge) for judge in check.judges],
        "absent": [_unchecked(judge) for judge in check.absent],
        "photos": [_photo(photo) for photo in check.photos],
        "failed": [_unchecked(photo) for photo in check.failed],
        "without_copy": list(check.without_copy),
        "detector": check.detector,
        "device": check.device,
        "versions": dict(check.versions),
        "seconds": check.seconds,
        "limits": list(LIMITS),
    }


def _judge(check: Check, judge: Judge) -> dict[str, Any]:
    tally = check.tally(judge.name)
    return {
        "name": judge.name,
        "licence": judge.licence,
        **_threshold(judge.threshold),
        "used_in_crafting": check.used_in_crafting(judge.name),
        "recognised": tally.recognised,
        "not_recognised": tally.not_recognised,
        "unjudged": tally.unjudged,
    }


def _photo(photo: CheckedPhoto) -> dict[str, Any]:
    """One photo as JSON values.

    Returns:
        `photo` and `original` (names), `protected`, the `reasons` where it is not, `faces`, `quality` on the
        faces (`psnr` in dB, null where nothing changed; `ssim`, `flip`), `size` in pixels, `scale` of a side,
        `cropped`, `unchanged`, and `crafting` (`threat`, `method`, `recognisers`; null where not known).
    """
    quality, crafting = photo.quality, photo.crafting
    return {
        "photo": photo.name,
        "original": photo.original,
        "protected": not reasons(photo),
        "reasons": reasons(photo),
        "faces": [_face(face) for face in photo.faces],
        "quality": None
        if quality is None
        else {
            "psnr": round(quality.psnr, 3) if math.isfinite(quality.psnr) else None,
            "ssim": round(quality.ssim, 5),
            "flip": round(quality.flip, 5),
        },
        "size": [photo.change.width, photo.change.height],
        "scale": round(photo.change.scale, 4),
        "cropped": photo.change.cropped,
        "unchanged": photo.change.unchanged,
        "crafting": None
        if crafting is None
        else {
            "threat": crafting.threat,
            "method": crafting.method,
            "recognisers": list(crafting.recognisers),
        },
    }


def _face(face: JudgedFace) -> dict[str, Any]:
    return {
        "box": [round(edge, 1) for edge in face.box],
        "verdict": face.verdict.value,
        "found_before": face.found_before,
        "found_after": face.found_after,
        "recognisers": {name: _opinion(opinion) for name, opinion in face.opinions.items()},
    }


def _opinion(opinion: Opinion) -> dict[str, Any]:
    looks = {"as_is": opinion.as_is, "copied": opinion.copied}
    return {
        **{
            name: {"before": round(look.before, 5), "after": round(look.after, 5)}
            for name, look in looks.items()
        },
        "recognised": opinion.recognised,
    }


def _threshold(threshold: Threshold | None) -> dict[str, Any]:
    return {
        "measure": "cosine" if threshold is None else threshold.measure.value,
        "threshold": None if threshold is None else threshold.value,
        "threshold_source": None if threshold is None else threshold.source,
    }


def _unchecked(photo: Unchecked) -> dict[str, str]:
    return {"name": photo.name, "reason": photo.reason}
