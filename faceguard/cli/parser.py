"""The commands and their options. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard import __version__
from faceguard.cli.argument_types import epsilon, whole
from faceguard.cli.bench_parser import add_bench
from faceguard.cli.models_parser import add_models

_PROTECT = """\
Protects photos from face recognition: finds the faces, changes their pixels so little that people do not
notice and recognisers fail, and writes the photos into another folder, as they came. Stopped by whatever
means, the same command goes on where it stopped.

There are two threats, and a method answers one of them. Enrolment: a finished recogniser's gallery holds
your photos; --method cloak (default) keeps it from recognising you by them. Training: a recogniser is trained
on your photos; --method error-minimizing-classwise, separable, targeted or error-minimizing makes it learn
less of whom they show, and needs to know that itself: see --labels.

exit status: 0 all photos are done, 1 a photo failed, 2 wrong usage or settings, 130 stopped by Ctrl-C"""


def parser() -> argparse.ArgumentParser:
    """The parser of `faceguard`; each command leaves what runs it in `run`."""
    top = argparse.ArgumentParser(prog="faceguard", description="Protects photos from face recognition.")
    top.add_argument("--version", action="version", version=f"faceguard {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_protect(commands)
    _add_demo(commands)
    add_models(commands)
    add_bench(commands)
    return top


def _add_protect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    protect = commands.add_parser(
        "protect",
        help="protect photos and folders of photos",
        description=_PROTECT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    protect.set_defaults(run=_run_protect)
    protect.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a photo, or a folder with all below"
    )
    protect.add_argument(
        "--output", "-o", metavar="DIR", type=Path, required=True, help="where the protected photos go"
    )
    budget = protect.add_mutually_exclusive_group()
    budget.add_argument(
        "--strength",
        choices=("low", "medium", "high"),
        default="medium",
        help="how far a pixel may move: 4, 8 (default) or 16 of 255",
    )
    budget.add_argument(
        "--epsilon", metavar="N", type=epsilon, help="the same as a number, above 0 and up to 255"
    )
    protect.add_argument(
        "--method", metavar="NAME", default="cloak", help="default: cloak, against enrolment; see above"
    )
    protect.add_argument(
        "--labels",
        metavar="folders|FILE",
        help="against training: who each photo shows. folders: a folder for each person; or a text file with "
        "a photo's name and a person on each line; default: all photos show one person (separable only)",
    )
    protect.add_argument(
        "--masks",
        metavar="FILE",
        type=Path,
        help="against training: let the photos wear the masks that an earlier run with the method separable "
        "or error-minimizing-classwise kept (faceguard-masks.safetensors in its output folder)",
    )
    protect.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="the recognisers to craft a cloak on, such as dlib (default) and onnx:PATH; name photos first",
    )
    protect.add_argument(
        "--detector",
        metavar="NAME",
        default="mtcnn",
        help="what finds the faces: mtcnn (default, built in); fetched with `faceguard models`: yunet, "
        "scrfd-10g, scrfd-500m; or your own file: yunet:PATH, scrfd:PATH",
    )
    protect.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="default: auto, a GPU where there is one",
    )
    protect.add_argument(
        "--seed", metavar="N", type=whole(0), default=0, help="decides all chance (default: 0)"
    )
    protect.add_argument(
        "--min-face",
        metavar="PX",
        type=whole(1),
        default=24,
        help="the smallest face, in pixels (default: 24)",
    )
    protect.add_argument(
        "--max-pixels",
        metavar="N",
        type=whole(1),
        help="refuse photos with more pixels (default: 120 million)",
    )
    metadata = protect.add_mutually_exclusive_group()
    metadata.add_argument(
        "--strip-metadata",
        dest="metadata",
        action="store_const",
        const="strip-all",
        default="keep",
        help="leave out EXIF, XMP, IPTC and comments",
    )
    metadata.add_argument(
        "--strip-gps", dest="metadata", action="store_const", const="strip-gps", help="leave out the place"
    )
    protect.add_argument("--json", action="store_true", help="print the report as JSON")
    protect.add_argument(
        "--quiet", "-q", action="store_true", help="no progress and no report, only what is not protected"
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser(
        "demo",
        help="protect sample photos and show what changed",
        description="Protects sample photos that are installed already, and draws what changed.",
    )
    demo.set_defaults(run=_run_demo)
    demo.add_argument(
        "--output",
        "-o",
        metavar="DIR",
        type=Path,
        default=Path("faceguard-demo"),
        help="where it all goes (default: faceguard-demo)",
    )


def _run_protect(arguments: argparse.Namespace) -> int:
    from faceguard.cli.protect import run

    return run(arguments)


def _run_demo(arguments: argparse.Namespace) -> int:
    from faceguard.cli.demo import run

    return run(arguments)
