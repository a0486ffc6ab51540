"""`faceguard bench`: validates the data, runs a benchmark with progress, and writes its results."""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from evaluation.benchmarks.enroll import enroll
from evaluation.benchmarks.identify import identify_people
from evaluation.benchmarks.measured import Measured
from evaluation.benchmarks.protected import originals, protected
from evaluation.benchmarks.report_samples import report_samples
from evaluation.benchmarks.train import train_victims
from evaluation.benchmarks.transfer import transfer
from evaluation.benchmarks.verify import verify
from evaluation.benchmarks.workbench import TrackerSettings, Workbench, opened
from evaluation.datasets.dataset import Dataset
from evaluation.datasets.validation import Validation
from evaluation.datasets.validation_table import validation_table
from evaluation.metrics.pairs import ExcludedScoresWarning
from evaluation.report.page import write_report
from evaluation.result_files import write_result
from faceguard.cli.bench_progress import BenchDisplay, bench_display
from faceguard.cli.bench_settings import (
    enroll_settings,
    identify_settings,
    protected_settings,
    transfer_settings,
    verify_settings,
)
from faceguard.cli.bench_table import result_table
from faceguard.cli.bench_train_settings import train_settings
from faceguard.cli.console import message, say
from faceguard.errors import SettingsError
from recognizers import RecognizerError
from recognizers.system_errors import reason_of

Measure = Callable[[Workbench, Validation], Measured]


def run_verify(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench verify`; returns the exit status."""
    _output(arguments)
    settings = verify_settings(arguments)
    dataset = opened(settings.data, for_pairs=True)
    return _run(arguments, settings.tracker, dataset, lambda *parts: verify(settings, *parts))


def run_identify(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench identify`; returns the exit status."""
    _output(arguments)
    settings = identify_settings(arguments)
    dataset = opened(settings.data)
    return _run(arguments, settings.tracker, dataset, lambda *parts: identify_people(settings, *parts))


def run_enroll(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench enroll`; returns the exit status."""
    settings = enroll_settings(arguments, _output(arguments))
    dataset = opened(settings.data)
    return _run(arguments, settings.tracker, dataset, lambda *parts: enroll(settings, *parts))


def run_transfer(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench transfer`; returns the exit status."""
    settings = transfer_settings(arguments, _output(arguments))
    dataset = opened(settings.data)
    surrogates = arguments.surrogate
    return _run(arguments, settings.tracker, dataset, lambda *parts: transfer(settings, surrogates, *parts))


def run_train(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench train`; returns the exit status."""
    settings = train_settings(arguments, _output(arguments))
    dataset = opened(settings.data)
    return _run(arguments, settings.tracker, dataset, lambda *parts: train_victims(settings, *parts))


def run_protected(arguments: argparse.Namespace) -> int:
    """Runs `faceguard bench protected`; returns the exit status."""
    _output(arguments)
    settings = protected_settings(arguments)
    dataset, versions = originals(settings)

    def measure(bench: Workbench, validation: Validation) -> Measured:
        return protected(settings, bench, validation, versions)

    return _run(arguments, settings.tracker, dataset, measure)


def _run(arguments: argparse.Namespace, tracker: TrackerSettings, dataset: Dataset, measure: Measure) -> int:
    output: Path | None = arguments.output
    _refuse_among_people(output, dataset)
    try:
        with bench_display(arguments.quiet) as shown, _telling_what_is_left_out(shown):
            with Workbench(tracker, dataset.layout, shown) as bench:
                validation = bench.validated(dataset, getattr(arguments, "min_photos", 1))
                if not arguments.quiet or arguments.validate_only:
                    for line in validation_table(validation):
                        shown.line(line)
                if arguments.validate_only:
                    return 0
                measured = measure(bench, validation)
            assert output is not None
            shown.stage("writing the report", 1)
            path = write_result(measured.result, output)
            page = write_report(measured.result, output, report_samples(measured.samples))
    except RecognizerError as error:
        raise SettingsError(str(error)) from error
    except KeyboardInterrupt:
        message("stopped: what is done is kept; run the same command again to go on")
        return 130
    if arguments.json:
        say(json.dumps(measured.result.to_json(), indent=2))
    elif not arguments.quiet:
        say(result_table(measured.result))
        say(f"written: {path} and {page}")
    return 0


def _output(arguments: argparse.Namespace) -> Path:
    """The folder for results, made and tried.

    Raises:
        SettingsError: None is named although something will be measured, or it cannot be written to.
    """
    output: Path | None = arguments.output
    if output is None:
        if not arguments.validate_only:
            raise SettingsError("name a folder for the results with --output")
        return Path()
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise SettingsError(f"cannot write to the output folder {output}: {reason_of(error)}") from error
    return output


def _refuse_among_people(output: Path | None, dataset: Dataset) -> None:
    """Refuses results in a folder of identities: the next run would take them for a person's.

    Raises:
        SettingsError: They would lie there.
    """
    if output is not None and dataset.layout == "folders":
        data = dataset.root.resolve()
        if data in (output.resolve(), *output.resolve().parents):
            raise SettingsError(
                f"the output folder {output} lies in the data {dataset.root}, where each folder is a person: "
                "choose another one"
            )


@contextmanager
def _telling_what_is_left_out(shown: BenchDisplay) -> Iterator[None]:
    """Scores that a metric leaves out are told in a line; other warnings stay what they are."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, ExcludedScoresWarning):
            shown.line(f"note: {message}")
        else:
            usual(message, category, filename, lineno, file, line)

    with warnings.catch_warnings():
        warnings.simplefilter("always", ExcludedScoresWarning)
        warnings.showwarning = show
        yield
