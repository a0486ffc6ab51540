"""What a check found, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from faceguard.check.findings import Check
from faceguard.check.words import (
    LIMITS,
    crafting_words,
    enrolment_sentence,
    reasons,
    threshold_words,
    training_sentence,
)
from faceguard.text.counts import number_of
from faceguard.text.listing import listing
from faceguard.text.printable import printable


def check_text(check: Check) -> str:
    """All of it for a terminal, without a line break at the end."""
    lines = [
        f"Enrolment: {enrolment_sentence(check)}",
        f"Training: {training_sentence(check)}",
        f"{number_of(len(check.photos), 'photo')} checked in {check.seconds:,.0f} seconds on {check.device}.",
        "",
        "Judged by:",
        *(f"  {printable(line)}" for line in _judge_lines(check)),
    ]
    lists = {
        "Not protected:": [
            (photo.name, "; ".join(reasons(photo))) for photo in check.photos if reasons(photo)
        ],
        "Could not be checked:": [(photo.name, photo.reason) for photo in check.failed],
        "Originals without a protected version:": [(name, "") for name in check.without_copy],
    }
    for title, entries in lists.items():
        lines += listing(title, entries, "the page")
    return "\n".join([*lines, "", "What this does not promise:", *(f"  - {limit}" for limit in LIMITS)])


def _judge_lines(check: Check) -> Iterator[str]:
    """A line for each recogniser that judged."""
    for judge in check.judges:
        tally = check.tally(judge.name)
        said = f"{tally.recognised:,} recognised, {tally.not_recognised:,} not"
        if tally.unjudged:
            said += f", {tally.unjudged:,} it cannot say"
        facts = f"{crafting_words(check, judge.name)}; {threshold_words(judge.threshold)}"
        yield f"{judge.name} ({facts}): {said}"
    for absent in check.absent:
        yield f"{absent.name} could not judge: {absent.reason}"
