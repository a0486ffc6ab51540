"""The tables of a report: figures with their intervals, and what a result rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.results import Metric, Result
from evaluation.wording import interval_text, is_change, value_text
from faceguard.text.printable import printable


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: What figure it is.
        value: The figure in words; "-" where there is none.
        interval: Its interval in words; empty where there is none.
        n: How many trials, and of how many people.
        remark: Why something is missing, or how the interval was made where it is not over people.
    """

    name: str
    value: str
    interval: str
    n: str
    remark: str


@dataclass(frozen=True)
class Group:
    """The figures of one case.

    Attributes:
        case: Its name; empty where there are no cases.
        rows: The figures.
    """

    case: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """Figures that belong together.

    Attributes:
        title: Its heading.
        groups: The figures by case.
    """

    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Facts:
    """Names and what they stand for.

    Attributes:
        title: The heading.
        entries: Name and content.
    """

    title: str
    entries: tuple[tuple[str, str], ...]


def tables(result: Result) -> Iterator[Table]:
    """Every figure: one table for each recogniser, one for quality, one for cost."""
    for recogniser, cases in result.metrics.items():
        yield Table(printable(recogniser), _groups(cases))
    if result.quality:
        yield Table("Quality of the photos", _groups(result.quality))
    if result.cost:
        yield Table("Cost", _groups({"": result.cost}))


def facts(result: Result) -> Iterator[Facts]:
    """What the figures rest on: protocol, settings, data, hardware, versions, time, thresholds."""
    hardware = {
        "processor": result.hardware.cpu,
        "cores": result.hardware.cores,
        "threads": result.hardware.threads,
        "device": result.hardware.device,
        "memory in GiB": result.hardware.memory_gib,
    }
    thresholds = {
        f"{recogniser}, {case}, {name}": "none passes" if value is None else round(value, 6)
        for recogniser, cases in result.thresholds.items()
        for case, values in cases.items()
        for name, value in values.items()
    }
    seeds = {"seeds": list(result.seeds)} if result.seeds else {}
    contents: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("Protocol", result.protocol),
        ("Settings", {**result.settings, **seeds}),
        ("Data (SHA-256)", result.data),
        ("Hardware", hardware),
        ("Versions", result.versions),
        ("Time in seconds", {name: round(seconds, 2) for name, seconds in result.timing.items()}),
        ("Thresholds (similarity, or distance with a minus)", thresholds),
    )
    for title, content in contents:
        if content:
            yield Facts(title, tuple((printable(name), _text(entry)) for name, entry in content.items()))


def not_measured(result: Result) -> list[str]:
    """What the result itself names, then every figure without a value and why."""
    reasons: dict[str, list[str]] = {}
    for recogniser, cases in result.metrics.items():
        for case, figures in cases.items():
            for name, metric in figures.items():
                if metric.value is None:
                    reasons.setdefault(metric.reason or "", []).append(f"{name} ({recogniser}, {case})")
    for case, figures in result.quality.items():
        for name, metric in figures.items():
            if metric.value is None:
                reasons.setdefault(metric.reason or "", []).append(f"{name} ({case})")
    told = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return [printable(text) for text in (*result.not_measured, *told)]


def _groups(cases: Mapping[str, Mapping[str, Metric]]) -> tuple[Group, ...]:
    return tuple(
        Group(printable(case), tuple(_row(case, name, metric) for name, metric in figures.items()))
        for case, figures in cases.items()
    )


def _row(case: str, name: str, metric: Metric) -> Row:
    change = is_change(case, name)
    people = f" of {metric.persons:,} people" if metric.persons is not None else ""
    method = metric.interval if metric.persons is None else None
    return Row(
        name=printable(name),
        value=value_text(name, metric, change),
        interval=interval_text(name, metric, change),
        n=f"{metric.n:,}{people}",
        remark=printable("; ".join(text for text in (method, metric.reason) if text)),
    )


def _text(entry: Any) -> str:
    return printable(entry if isinstance(entry, str) else json.dumps(entry))
