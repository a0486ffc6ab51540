"""Results as files: `results.json`, checked against the published schema, and a flat `results.csv`."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.results import SCHEMA, Metric, Result
from faceguard.errors import FaceguardError
from faceguard.photos import write_atomically
from recognizers.system_errors import reason_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

JSON_NAME, CSV_NAME = "results.json", "results.csv"

_FIGURE = ("value", "low", "high", "n", "persons", "interval", "reason")
_COLUMNS = ("benchmark", "recogniser", "case", "metric", *_FIGURE)


class ResultError(FaceguardError):
    """A result that cannot be read, or that is not what the schema says."""


def write_result(result: Result, folder: Path) -> Path:
    """Writes `results.csv` and `results.json` into a folder, each whole or not at all.

    Returns:
        The JSON file.

    Raises:
        ResultError: A value is not what the schema says, such as one that is not finite.
        DiskFullError: There is no room left.
        PhotoError: A file cannot be written for another reason.
    """
    values = result.to_json()
    _check(values, "the result")
    write_atomically(folder / CSV_NAME, csv_text(result).encode())
    path = folder / JSON_NAME
    write_atomically(path, (json.dumps(values, indent=2, allow_nan=False) + "\n").encode())
    return path


def read_result(path: Path) -> Result:
    """Reads a `results.json`; a folder stands for the one in it.

    Raises:
        ResultError: It is missing, is not JSON, or is not what the schema says.
    """
    file = path / JSON_NAME if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ResultError(f"{file}: there is no such result") from error
    except OSError as error:
        raise ResultError(f"{file}: cannot be read: {reason_of(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{file}: is not JSON: {error}") from error
    if isinstance(values, dict) and values.get("schema", SCHEMA) != SCHEMA:
        raise ResultError(f"{file}: is of schema {values['schema']!r}; this faceguard reads schema {SCHEMA}")
    _check(values, str(file))
    return Result.from_json(values)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `results.json`."""
    text = files("evaluation").joinpath("result.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def csv_text(result: Result) -> str:
    """Every figure of a result as one line: quality's and cost's have no recogniser."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for recogniser, case, name, metric in _figures(result):
        figures = (getattr(metric, column) for column in _FIGURE)
        writer.writerow((result.benchmark, recogniser, case, name, *figures))
    return text.getvalue()


def _figures(result: Result) -> Iterator[tuple[str, str, str, Metric]]:
    for recogniser, cases in result.metrics.items():
        for case, metrics in cases.items():
            yield from ((recogniser, case, name, metric) for name, metric in metrics.items())
    for case, metrics in result.quality.items():
        yield from (("", case, name, metric) for name, metric in metrics.items())
    yield from (("", "", name, metric) for name, metric in result.cost.items())


def _check(values: Any, where: str) -> None:
    from jsonschema.exceptions import best_match

    endless = next(_not_finite(values, ()), None)
    if endless is not None:
        raise ResultError(f"{where}: {_path(endless)} is not a finite number; JSON has no such value")
    error = best_match(_validator().iter_errors(values))
    if error is not None:
        raise ResultError(f"{where}: {_path(error.absolute_path)}: {_short(error.message)}")


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema())


def _not_finite(values: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(values, float) and not math.isfinite(values):
        yield path
    elif isinstance(values, Mapping):
        for key, entry in values.items():
            yield from _not_finite(entry, (*path, key))
    elif isinstance(values, list):
        for place, entry in enumerate(values):
            yield from _not_finite(entry, (*path, place))


def _path(path: Any) -> str:
    """Where in a result, such as `metrics / dlib / clean/clean / rank1 / value`."""
    return " / ".join(str(step) for step in path) or "the file as a whole"


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]}..."
