"""Runs benchmarks on made-up people with the fake tracker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluation.benchmarks.enroll import enroll
from evaluation.benchmarks.enroll_settings import EnrollSettings
from evaluation.benchmarks.identify import IdentifySettings, identify_people
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.verify import VerifySettings, verify
from evaluation.benchmarks.workbench import (
    DataSettings,
    Statistics,
    TrackerSettings,
    Workbench,
    opened,
)
from evaluation.datasets.validation import Validation
from evaluation.results import Result
from tests.evaluation.fakes import FakeGuard

FAST = Statistics(replicates=200)


def enrolled(
    root: Path,
    output: Path,
    guard: FakeGuard | None = None,
    recognizers: tuple[str, ...] = ("fake",),
    **more: Any,
) -> Result:
    """The enrolment benchmark's result."""
    tracker = TrackerSettings(recognizers, cache=more.pop("cache", None))
    settings = EnrollSettings(DataSettings(root), output, tracker, FAST, **more)
    return _measured(settings, lambda *parts: enroll(settings, *parts, guard or FakeGuard())).result


def identified(root: Path, recognizers: tuple[str, ...] = ("fake",), **more: Any) -> Result:
    """The identification benchmark's result."""
    settings = IdentifySettings(DataSettings(root), TrackerSettings(recognizers), FAST, **more)
    return _measured(settings, lambda *parts: identify_people(settings, *parts)).result


def verified(root: Path, recognizers: tuple[str, ...] = ("fake",), **more: Any) -> Result:
    """The verification benchmark's result."""
    settings = VerifySettings(DataSettings(root), TrackerSettings(recognizers), FAST, **more)
    return _measured(settings, lambda *parts: verify(settings, *parts), for_pairs=True).result


def _measured(
    settings: EnrollSettings | IdentifySettings | VerifySettings,
    measure: Callable[[Workbench, Validation], Measured],
    for_pairs: bool = False,
) -> Measured:
    dataset = opened(settings.data, for_pairs)
    with Workbench(settings.tracker, dataset.layout) as bench:
        return measure(bench, bench.validated(dataset))
