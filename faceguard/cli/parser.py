"""The commands and their options. Nothing here loads NumPy, Pillow or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from faceguard import __version__
from faceguard.cli.argument_types import path
from faceguard.cli.bench_parser import add_bench
from faceguard.cli.check_parser import add_check
from faceguard.cli.doctor_parser import add_doctor
from faceguard.cli.models_parser import add_models
from faceguard.cli.protect_options import add_protect_options
from faceguard.cli.serve_parser import add_serve

_PROTECT = """\
Protects photos from face recognition: finds the faces, changes their pixels so little that people do not
notice and recognisers fail, and writes the photos into another folder, as they came. Stopped by whatever
means, the same command goes on where it stopped.

There are two threats, and a method answers one of them. Enrolment: a finished recogniser's gallery holds
your photos; --method cloak (default) keeps it from recognising you by them; --method person-mask learns one
mask for each person, weaker, that photos to come wear at once. Training: a recogniser is trained on your
photos; --method error-minimizing[-classwise], robust-error-minimizing[-classwise], separable, targeted or
gradient-alignment[-online] makes it learn less of whom they show, and needs to know that itself: see
--labels; clusters goes by what faces look like and needs no labels; ungeneralizable keeps a key with which
your own network still learns. --method combined shares the budget between both threats.

exit status: 0 all photos are done, 1 a photo failed or a folder could not be read, 2 wrong usage or settings,
130 stopped by Ctrl-C"""


def parser() -> argparse.ArgumentParser:
    """The parser of `faceguard`; each command leaves what runs it in `run`."""
    top = argparse.ArgumentParser(prog="faceguard", description="Protects photos from face recognition.")
    top.add_argument("--version", action="version", version=f"faceguard {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_protect(commands)
    _add_demo(commands)
    add_check(commands)
    add_models(commands)
    add_bench(commands)
    add_serve(commands)
    add_doctor(commands)
    return top


def _add_protect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    protect = commands.add_parser(
        "protect",
        help="protect photos and folders of photos",
        description=_PROTECT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    protect.set_defaults(run=_run_protect)
    add_protect_options(protect)


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
        type=path,
        default=Path("faceguard-demo"),
        help="where it all goes (default: faceguard-demo)",
    )


def _run_protect(arguments: argparse.Namespace) -> int:
    from faceguard.cli.protect import run

    return run(arguments)


def _run_demo(arguments: argparse.Namespace) -> int:
    from faceguard.cli.demo import run

    return run(arguments)
