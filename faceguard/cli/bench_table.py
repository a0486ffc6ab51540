"""A benchmark's figures as a table in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaluation.results import Metric, Result
from evaluation.wording import interval_text, is_change, value_text
from faceguard.text.printable import printable

Row = tuple[str, str, str, str]


def result_table(result: Result) -> str:
    """Every figure with its 95 % interval and number of trials, recogniser by recogniser."""
    lines: list[str] = []
    for recogniser, cases in result.metrics.items():
        lines += ["", printable(recogniser)]
        for case, figures in cases.items():
            lines += [f"  {printable(case)}", *_aligned(_rows(case, figures))]
    for case, figures in result.quality.items():
        lines += ["", f"quality, {printable(case)}", *_aligned(_rows(case, figures))]
    if result.cost:
        lines += ["", "cost", *_aligned(_rows("", result.cost))]
    if result.not_measured:
        lines += [
            "",
            "not measured, or to be known:",
            *(f"  - {printable(text)}" for text in result.not_measured),
        ]
    return "\n".join(lines[1:])


def _rows(case: str, figures: Mapping[str, Metric]) -> Iterator[Row]:
    for name, metric in figures.items():
        change = is_change(case, name)
        remark = f"n = {metric.n:,}" if metric.value is not None else (metric.reason or "")
        yield name, value_text(name, metric, change), interval_text(name, metric, change), remark


def _aligned(rows: Iterator[Row]) -> list[str]:
    table: Sequence[Row] = list(rows)
    widths = [max((len(row[column]) for row in table), default=0) for column in range(3)]
    return [
        "    " + f"{name:<{widths[0]}}  {value:>{widths[1]}}  {interval:<{widths[2]}}  {remark}".rstrip()
        for name, value, interval, remark in table
    ]
