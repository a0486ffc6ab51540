"""A report in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faceguard.text.counts import number_of
from faceguard.text.listing import listing


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
    chosen, others = (
        [(entry["photo"], entry["reason"]) for entry in report["not_protected"] if entry["kind"] in kinds]
        for kinds in (("failed", "without_face"), ("not_chosen",))
    )
    lists = {
        "Unsure whose face it is, so look yourself:": [
            (entry["photo"], _unsure(entry)) for entry in report["unsure"]
        ],
        "Not protected:": chosen,
        "Not protected, as you chose:": others,
        "Left out, as these are no photos faceguard can read:": [
            (entry["path"], entry["reason"]) for entry in report["left_out"]
        ],
    }
    for title, entries in lists.items():
        yield from listing(title, entries, "the report file")


def _unsure(entry: Mapping[str, Any]) -> str:
    left, top, right, bottom = entry["box"]
    place = f"the face at {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}"
    done = "protected" if entry["protected"] else "left as it is"
    return f"{place} is {entry['distance']:.2f} from {entry['reference']}: {done}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _both(value: Mapping[str, float | None], digits: int) -> str:
    if value["mean"] is None or value["worst"] is None:
        return "unmeasured"
    return f"{value['mean']:.{digits}f} (worst {value['worst']:.{digits}f})"
