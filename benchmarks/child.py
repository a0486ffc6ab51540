"""Processes of their own: how long they take, and the most memory they use."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clock import Kind
from faceguard.errors import FaceguardError, SettingsError

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Child:
    """A process that has ended.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: Seconds of the processor that it and its own children used.
        peak_mib: The most memory that it used, in MiB.
        output: What it printed.
    """

    wall: float
    cpu: float
    peak_mib: float
    output: str

    def seconds(self, kind: Kind) -> float:
        """What a clock of some kind says of it."""
        return self.wall if kind == "wall" else self.cpu


def run_child(command: Sequence[str]) -> Child:
    """Runs a command to its end, with the packages that are being measured.

    Raises:
        FaceguardError: It failed; what it wrote on standard error is in the message.
        SettingsError: This system does not tell what a process used.
    """
    if not hasattr(os, "wait4"):
        raise SettingsError("this system does not tell what a single process used: it has no wait4")
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, "PYTHONPATH": path})
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            said = err.read().strip().splitlines() or ["nothing was said"]
            raise FaceguardError(f"{' '.join(command[:6])} failed with {process.returncode}: {said[-1]}")
        return Child(wall, used.ru_utime + used.ru_stime, _mib(used.ru_maxrss), out.read())


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def faceguard(*arguments: str) -> list[str]:
    """A command that runs faceguard as it was installed, or from here where it was not."""
    script = Path(sysconfig.get_path("scripts")) / "faceguard"
    return [str(script), *arguments] if script.is_file() else python("-m", "faceguard", *arguments)


def _mib(used: int) -> float:
    return used / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, Linux KiB
