"""Processes of their own: how long they take, and the most memory they use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clock import Kind
from faceguard.errors import FaceguardError, SettingsError

ROOT = Path(__file__).resolve().parents[1]
_LAUNCHER = Path(__file__).with_name("launcher.py")


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
    with tempfile.TemporaryDirectory() as folder:
        result, out, err = (Path(folder) / name for name in ("result", "out", "err"))
        launch = [sys.executable, "-I", "-S", str(_LAUNCHER), str(result), *command]
        with out.open("w") as to_out, err.open("w") as to_err:
            environment = {**os.environ, "PYTHONPATH": path}
            # A group of its own, so that what it started ends with it.
            process = subprocess.Popen(
                launch, stdout=to_out, stderr=to_err, env=environment, start_new_session=True
            )
            try:
                process.wait()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
        said = err.read_text().strip().splitlines() or ["nothing was said"]
        if process.returncode:
            raise FaceguardError(f"{' '.join(command[:6])} could not be run: {said[-1]}")
        used = json.loads(result.read_text())
        if used["status"]:
            raise FaceguardError(f"{' '.join(command[:6])} failed with {used['status']}: {said[-1]}")
        return Child(used["wall"], used["cpu"], _mib(used["peak"]), out.read_text())


def python(*arguments: str) -> list[str]:
    """A command that runs this Python."""
    return [sys.executable, *arguments]


def faceguard(*arguments: str) -> list[str]:
    """A command that runs faceguard as it was installed, or from here where it was not."""
    script = Path(sysconfig.get_path("scripts")) / "faceguard"
    return [str(script), *arguments] if script.is_file() else python("-m", "faceguard", *arguments)


def _mib(used: int) -> float:
    return used / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, Linux KiB
