"""Results as files: `results.json`, checked against the published schema, and a flat CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from evaluation.results import SCHEMA, Metric, Result
from faceguard.errors import FaceguardError, SettingsError
from faceguard.photos import write_atomically

JSON_NAME, CSV_NAME = "results.json", "results.csv"

_COLUMNS = ("benchmark", "recogniser", "case", "metric", "value", "low", "high", "n", "persons", "interval")


class ResultError(FaceguardError):
    """A result that cannot be read, or that is not what the schema says."""


def write_result(result: Result, folder: Path) -> Path:
    """Writes `results.json` and `results.csv` into a folder, each whole or not at all.

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
        raise ResultError(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise ResultError(f"{file}: is not JSON: {error}") from error
    if isinstance(values, dict) and values.get("schema") not in (None, SCHEMA):
        raise ResultError(f"{file}: is of schema {values['schema']!r}; this faceguard reads schema {SCHEMA}")
    _check(values, str(file))
    return Result.from_json(values)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `results.json`."""
    text = files("evaluation").joinpath("result.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
