"""Records as Markdown: one table each, with what they were made on above it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Fact, Figure
from benchmarks.record import Record, read_record


def main(argv: Sequence[str]) -> int:
    """`python -m benchmarks table FILE.json...`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks table", description=__doc__)
    parser.add_argument("records", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--only", nargs="+", metavar="PART", default=[], help="figures whose name has any of these"
    )
    options = parser.parse_args(argv)
    tables = (markdown(read_record(path), options.only) for path in options.records)
    print("\n\n".join("\n".join(each) for each in tables))
    return 0


def markdown(record: Record, only: Sequence[str] = ()) -> Iterator[str]:
    """The lines of a record's table.

    Args:
        record: The record.
        only: Parts of names; figures with none of them are left out. Empty for all.
    """
    figures = [each for each in record.figures if not only or any(part in each.name for part in only)]
    facts = list(dict.fromkeys(key for figure in figures for key in figure.facts))
    yield f"**{record.benchmark}**, {_conditions(record)}"
    yield ""
    yield f"| {' | '.join(['what', 'median', 'quartiles', 'n', 'unit', *facts])} |"
    yield "|---|---:|---|---:|---|" + "---:|" * len(facts)
    for figure in figures:
        cells = [*_cells(figure), *(_text(figure.facts.get(key)) for key in facts)]
        yield f"| {' | '.join(cells)} |"
    for note in record.notes:
        yield ""
        yield f"*{note}*"


def _conditions(record: Record) -> str:
    machine = record.machine
    threads = machine["threads"]
    torch = machine["versions"].get("torch", "unknown")
    commit = f", commit {machine['commit']}" if machine.get("commit") else ""
    return (
        f"{record.made[:10]}, {machine['cpu']}, {threads} thread{'s' if threads != 1 else ''}, "
        f"{machine['device']}, {machine['clock']} clock, PyTorch {torch}{commit}"
    )


def _cells(figure: Figure) -> list[str]:
    first, third = figure.quartiles
    between = f"{_number(first)} to {_number(third)}" if len(figure.values) > 1 else ""
    return [figure.name, _number(figure.median), between, str(len(figure.values)), figure.unit]


def _text(fact: Fact) -> str:
    return _number(fact) if isinstance(fact, float) else "" if fact is None else str(fact)


def _number(value: float) -> str:
    """Three digits that say something, and no exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
