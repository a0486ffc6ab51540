"""The options of `faceguard doctor`. Nothing here loads NumPy or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

_DOCTOR = """\
Looks at what faceguard runs on: packages and their versions, GPU and threads, weights, photo formats and
folders. Says what is broken or missing, and the command that puts it right. Changes nothing and fetches
nothing; works where PyTorch or other libraries are missing or broken.

exit status: 0 nothing is broken, 1 something is"""


def add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `faceguard doctor`."""
    doctor = commands.add_parser(
        "doctor",
        help="say whether everything faceguard needs is there, and how to put right what is not",
        description=_DOCTOR,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    doctor.set_defaults(run=_run)
    doctor.add_argument("--json", action="store_true", help="print what was found as JSON")
    doctor.add_argument(
        "--cache", metavar="DIR", type=Path, help="the folder of fetched weights (default: FACEGUARD_CACHE)"
    )


def _run(arguments: argparse.Namespace) -> int:
    from faceguard.cli.doctor import run

    return run(arguments)
