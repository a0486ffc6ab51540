"""What a validation found, as a table in plain text."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.datasets.dataset import Dataset
from evaluation.datasets.validation import Fault, Validation


def validation_table(validation: Validation) -> list[str]:
    """Lines that say what was found, what is left out with an example each, and what will be used."""
    rows = [("found", *_sizes(validation.found), f"{validation.found.layout} layout")]
    for fault in Fault:
        named = [problem for problem in validation.problems if problem.fault is fault]
        if named:
            example = f"such as {named[0].photo} ({named[0].reason})"
            rows.append((fault.value, f"{len(named):,}", "", "", example))
    rows.append(("used", *_sizes(validation.used), _folds(validation.used)))
    lines = _aligned([("", "photos", "people", "pairs", ""), *rows])
    return [*lines, *(f"note: {remark}" for remark in validation.remarks)]


def _sizes(dataset: Dataset) -> tuple[str, str, str]:
    pairs = f"{len(dataset.pairs):,}" if dataset.pairs else ""
    return f"{len(dataset.photos):,}", f"{len(dataset.people):,}", pairs


def _folds(dataset: Dataset) -> str:
    folds = sorted({pair.fold for pair in dataset.pairs})
    return f"folds {', '.join(map(str, folds))}" if folds else ""


def _aligned(rows: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    """Columns of one width each: the words to the left, the numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(row[c].rjust(widths[c]) for c in (1, 2, 3)), row[4]]).rstrip()
        for row in rows
    ]
