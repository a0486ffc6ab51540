"""The command line: parses, calls the library, prints. What is slow to load is loaded when it is needed."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from faceguard.cli.console import OutputError, message
from faceguard.cli.parser import parser
from faceguard.errors import FaceguardError, SettingsError

_DEBUG = "FACEGUARD_DEBUG"
_REPORT_LEAKS = {"onnx", "triton"}
"""Modules whose bindings report objects that are still there at exit."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The words after `faceguard`; None for those of the process.

    Returns:
        The exit status: 0 when all went well, 1 when a photo failed or something went wrong, 2 for wrong
        usage or settings, 130 when stopped by Ctrl-C.
    """
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    debugging = bool(os.environ.get(_DEBUG))
    _set_up_logging(debugging)
    # PyTorch's idle threads would spin and take the processor from those that work: on two cores that other
    # programs use too, a batch of seven faces takes 35 seconds instead of 8. Read when PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    atexit.register(_end_quickly)
    try:
        status: int = arguments.run(arguments)
        return status
    except KeyboardInterrupt:
        message("stopped before anything was done; run the same command again")
        return 130
    except SettingsError as error:
        message(f"error: {error}")
        return 2
    except OutputError as error:
        message(f"error: {error}")
        _forget_output()
        return 1
    except BrokenPipeError:
        _forget_output()  # whoever read it has gone
        return 1
    except FaceguardError as error:
        message(f"error: {error}")
        return 1
    except Exception as error:
        if debugging:
            raise
        message(f"error: {type(error).__name__}: {' '.join(str(error).split())} (set {_DEBUG}=1 for details)")
        return 1


def _open_closed_streams() -> None:
    """Lets what is said go nowhere where whoever started the program closed its output."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept to the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _forget_output() -> None:
    """Lets standard output go nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_quickly() -> None:
    """Keeps Python from searching all of PyTorch for garbage at exit, which takes half a second."""
    if not _REPORT_LEAKS & sys.modules.keys():
        gc.freeze()


def _set_up_logging(debugging: bool) -> None:
    """Outcomes and errors are printed by the commands: without debugging, the log stays silent."""
    log = logging.getLogger("faceguard")
    log.propagate = debugging
    if debugging:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
