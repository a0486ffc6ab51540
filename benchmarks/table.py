"""Records as Markdown: one table each, with what they were made on above it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Fact, Figure
from benchmarks.record import Record, read_record
from faceguard.errors import SettingsError
from faceguard.photos.atomic_files import write_atomically
from recognizers.system_errors import reason_of

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def main(argv: Sequence[str]) -> int:
    """`python -m benchmarks table FILE.json...`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks table", description=__doc__)
    parser.add_argument("records", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--only", nargs="+", metavar="PART", default=[], help="parts of figures' names")
    parser.add_argument("--facts", nargs="*", metavar="NAME", help="the further columns (default: all)")
    parser.add_argument(
        "--into", type=Path, metavar="PAGE", help=f"a page to write between {BEGIN.strip()} and {END.strip()}"
    )
    options = parser.parse_args(argv)
    tables = [markdown(read_record(path), options.only, options.facts) for path in options.records]
    text = "\n\n".join("\n".join(each) for each in tables) + "\n"
    if options.into is None:
        print(text, end="")
    else:
        write_into(options.into, text)
    return 0


def write_into(page: Path, text: str) -> None:
    """Puts a text between the marks of a page, in place of what is there.

    Raises:
        SettingsError: The page is not there, or has not both marks.
    """
    try:
        before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    except OSError as error:
        raise SettingsError(f"{page}: cannot be read: {reason_of(error)}") from error
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SettingsError(f"{page}: has no lines {BEGIN.strip()} and {END.strip()} to write between")
    write_atomically(page, f"{before}{begin}{text}{end}{after}".encode())


def markdown(record: Record, only: Sequence[str] = (), columns: Sequence[str] | None = None) -> Iterator[str]:
    """The lines of a record's table.

    Args:
        record: The record.
        only: Parts of names; figures with none of them are left out. Empty for all.
        columns: The facts that have a column; None for all.
    """
    figures = [each for each in record.figures if not only or any(part in each.name for part in only)]
    facts = list(dict.fromkeys(key for figure in figures for key in figure.facts))
    if columns is not None:
        facts = [key for key in facts if key in columns]
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
    torch = machine["versions"].get("torch", "unknown")
    commit = f", commit {machine['commit']}" if machine.get("commit") else ""
    return (
        f"{record.made[:10]}, {machine['cpu']}, {machine['cores']} cores, {machine['device']}, "
        f"{machine['clock']} clock, PyTorch {torch}{commit}"
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
