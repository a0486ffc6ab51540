"""What a benchmark leaves: one JSON file with its figures and all that decides them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figure import Figure
from faceguard.errors import FaceguardError
from faceguard.photos.atomic_files import write_atomically
from recognizers.system_errors import reason_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from benchmarks.bench import Bench

SCHEMA = 1
_HERE = Path(__file__).resolve().parent
_VARIABLES = ("OMP_", "GOMP_", "KMP_", "MKL_", "DNNL_", "ONEDNN_", "TORCH", "CUDA_", "MALLOC_", "FACEGUARD_")


class RecordError(FaceguardError):
    """A record that cannot be read, or is not one."""


@dataclass(frozen=True)
class Record:
    """One run of one benchmark.

    Attributes:
        benchmark: Its name on the command line.
        options: Every option, as given or by default.
        machine: Processor, cores, memory, threads, device, clock, versions, environment variables that
            matter, commit, and the system's load before and after.
        figures: What was measured, in order.
        notes: What was left out, and what else a reader has to know.
        made: When, in UTC.
    """

    benchmark: str
    options: Mapping[str, Any]
    machine: Mapping[str, Any]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    made: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def to_json(self) -> dict[str, Any]:
        """What `benchmarks/record.schema.json` describes."""
        return {
            "schema": SCHEMA,
            "benchmark": self.benchmark,
            "made": self.made,
            "options": dict(self.options),
            "machine": dict(self.machine),
            "figures": [figure.to_json() for figure in self.figures],
            "notes": list(self.notes),
        }

    def write(self, path: Path) -> None:
        """Writes the file, whole or not at all.

        Raises:
            RecordError: Something in it is not as the schema says, such as an endless value.
            DiskFullError, PhotoError: The file cannot be written.
        """
        values = self.to_json()
        try:
            text = json.dumps(values, indent=2, allow_nan=False)
        except ValueError as error:
            raise RecordError(f"{self.benchmark}: a figure is not finite") from error
        _check(json.loads(text), "the record")
        write_atomically(path, (text + "\n").encode())


def read_record(path: Path) -> Record:
    """Reads a file that `Record.write` wrote.

    Raises:
        RecordError: It is missing or not such a file.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {reason_of(error)}") from error
    except ValueError as error:
        raise RecordError(f"{path}: is not JSON: {error}") from error
    _check(values, str(path))
    figures = tuple(Figure.from_json(stated) for stated in values["figures"])
    return Record(
        values["benchmark"],
        values["options"],
        values["machine"],
        figures,
        tuple(values["notes"]),
        values["made"],
    )


def machine(bench: Bench, load_before: tuple[float, ...]) -> dict[str, Any]:
    """Under which conditions a benchmark ran, see `Record`."""
    import torch

    from evaluation.benchmarks.conditions import all_versions, hardware

    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return {
        **asdict(hardware(bench.device)),
        "threads": bench.threads,
        "clock": bench.clock.kind,
        "instructions": sorted(name for name, there in capabilities.items() if there is True),
        "versions": all_versions(),
        "environment": {key: os.environ[key] for key in sorted(os.environ) if key.startswith(_VARIABLES)},
        "commit": _commit(),
        "load_before": list(load_before),
        "load_after": list(load()),
    }


def load() -> tuple[float, ...]:
    """The system's load over 1, 5 and 15 minutes; empty where it does not say."""
    return os.getloadavg() if hasattr(os, "getloadavg") else ()


def _commit() -> str | None:
    """The commit that was measured, with a plus sign where files differ from it; None without Git."""
    with suppress(OSError, subprocess.SubprocessError):
        git = ["git", "-C", str(_HERE)]
        commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True)
        if commit.returncode == 0:
            return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")
    return None


@cache
def _schema() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((_HERE / "record.schema.json").read_text(encoding="utf-8")))


def _check(values: object, where: str) -> None:
    wrong = next(iter(_schema().iter_errors(values)), None)
    if wrong is not None:
        place = "/".join(map(str, wrong.absolute_path)) or "as a whole"
        raise RecordError(f"{where}: not a benchmark's record: {place}: {wrong.message[:200]}")
