"""The options of `faceguard check`. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard.cli.argument_types import path, whole
from faceguard.cli.common_options import add_detector

_CHECK = """\
Compares protected photos with their originals: finds the faces in both, asks recognisers whether they still
take them for the same person, and writes a page that shows it all. The photos may have been protected by any
tool, and may have come back from a social network: they are matched by what they show, whatever they are
called and however large they are.

exit status: 0 every face was judged and is not recognised, 1 some are or something failed, 2 wrong usage or
settings, 130 stopped by Ctrl-C"""


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `faceguard check`."""
    check = commands.add_parser(
        "check",
        help="say which faces recognisers still recognise, with a page that shows it",
        description=_CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.set_defaults(run=_run)
    check.add_argument(
        "originals", metavar="ORIGINALS", type=path, help="the originals: a folder, or a photo"
    )
    check.add_argument(
        "protected", metavar="PROTECTED", type=path, help="the protected photos, or what came back of them"
    )
    check.add_argument(
        "--output",
        "-o",
        metavar="FILE",
        type=path,
        default=Path("faceguard-report.html"),
        help="the page, or a folder for it (default: faceguard-report.html in this folder); it shows your "
        "originals, so do not publish it",
    )
    check.add_argument(
        "--recognizer",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="who judges, such as dlib and onnx:PATH; name the folders first (default: dlib, all that are "
        "fetched, see faceguard models, and what the photos were crafted on)",
    )
    check.add_argument(
        "--manifest",
        metavar="DIR",
        type=path,
        help="the folder that faceguard protect wrote, where PROTECTED is not: it says what was crafted on",
    )
    add_detector(check, smallest=20)
    check.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="default: auto, a GPU where there is one",
    )
    check.add_argument(
        "--max-pixels",
        metavar="N",
        type=whole(1),
        help="refuse photos with more pixels (default: 120 million)",
    )
    check.add_argument("--json", action="store_true", help="print what was found as JSON")
    check.add_argument("--quiet", "-q", action="store_true", help="no progress and no text, only the page")


def _run(arguments: argparse.Namespace) -> int:
    from faceguard.cli.check import run

    return run(arguments)
