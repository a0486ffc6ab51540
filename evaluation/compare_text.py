"""A comparison of two results in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby

from evaluation.compare import Comparison, Difference
from evaluation.results import Json
from evaluation.wording import interval_text, is_change, value_text
from faceguard.text.printable import printable

_HEADINGS = ("", "first", "second", "difference", "its 95 % interval")


def comparison_text(comparison: Comparison) -> str:
    """A table for each recogniser and case, and what else differs; no line break at the end."""
    lines = [f"{comparison.benchmark}: first against second"]
    lines += [f"  {name}" for name in _changes(comparison.settings)]
    for (recogniser, case), rows in groupby(comparison.differences, lambda row: (row.recogniser, row.case)):
        lines += ["", f"{printable(recogniser)}, {printable(case)}", *_table(list(rows))]
    lines += ["", *_notes(comparison)]
    return "\n".join(lines)


def _table(rows: list[Difference]) -> Iterator[str]:
    cells = [_HEADINGS, *(_row(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    for row in cells:
        name, *figures = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join([name, *figures])}".rstrip()


def _row(row: Difference) -> tuple[str, ...]:
    interval = interval_text(row.metric, row.difference, True)
    if interval:
        interval += ("*" if row.beyond_chance else "") + ("" if row.paired else " (unpaired)")
    change = is_change(row.case, row.metric)
    before, after = (value_text(row.metric, metric, change) for metric in (row.before, row.after))
    moved = value_text(row.metric, row.difference, change=True)
    return printable(row.metric), before, after, moved, interval


def _notes(comparison: Comparison) -> Iterator[str]:
    if any(row.beyond_chance for row in comparison.differences):
        yield "* the interval leaves out no difference"
    if any(not row.paired and row.difference.low is not None for row in comparison.differences):
        yield (
            "(unpaired) the results do not hold these figures by person: the two are taken as independent, "
            "and the interval is wider than it need be"
        )
    for text, names in (("first", comparison.only_first), ("second", comparison.only_second)):
        if names:
            yield f"in the {text} result only: {'; '.join(printable(name) for name in names)}"
    if comparison.versions:
        yield f"versions: {'; '.join(_changes(comparison.versions))}"


def _changes(changes: Mapping[str, tuple[Json, Json]]) -> Iterator[str]:
    for name, both in changes.items():
        before, after = ("none" if one is None else printable(json.dumps(one)) for one in both)
        yield f"{printable(name)}: {before} -> {after}"
