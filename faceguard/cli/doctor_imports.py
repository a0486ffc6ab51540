"""Whether libraries can be imported, tried in another process that a broken one may take down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PROGRAM = "faceguard.cli.doctor_probe"
_SECONDS = 120  # for all; a slow disk needs half a minute for PyTorch


@dataclass(frozen=True)
class Import:
    """How importing a module went.

    Attributes:
        version: What the module calls its version; empty where it does not say.
        error: What stopped it; None where it was imported.
        facts: What else was asked of it.
    """

    version: str = ""
    error: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def tried(modules: Sequence[str], seconds: float = _SECONDS) -> dict[str, Import]:
    """Imports modules in another process with the same search path, and says how each went.

    Args:
        modules: Their names, in the order in which they are imported.
        seconds: How long each attempt may take; a module that crashes or hangs is passed over in the next.
    """
    outcomes: dict[str, Import] = {}
    left = list(modules)
    while left:
        lines, ending = _run(left, seconds)
        started = ""
        for line in lines:
            started = line.get("starting", started)
            if "module" in line:
                outcomes[line["module"]] = Import(
                    line.get("version", ""), line.get("error"), line.get("facts", {})
                )
        left = [module for module in left if module not in outcomes]
        if left:
            culprit = started if started in left else left[0]
            outcomes[culprit] = Import(error=ending)
            left.remove(culprit)
    return outcomes


def _run(modules: Sequence[str], seconds: float) -> tuple[list[dict[str, Any]], str]:
    """What the program said, and how it ended, in words for the module that it ended at."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _PROGRAM, *modules],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return _lines(error.stdout or b""), f"importing it did not end within {seconds:.0f} seconds"
    if done.returncode < 0:
        return _lines(done.stdout), f"importing it crashes Python ({_signal(-done.returncode)})"
    return _lines(done.stdout), f"importing it ends Python with status {done.returncode}"


def _lines(output: bytes) -> list[dict[str, Any]]:
    lines = []
    for line in output.decode(errors="replace").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue  # cut off when the process died
    return lines


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
