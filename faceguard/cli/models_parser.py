"""The options of `faceguard models`. Nothing here loads NumPy or PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

_MODELS = """\
Lists recognisers and detectors: their licence, their size, where their weights come from, whether these are
here, and whether protection can be crafted on them (differentiable). Weights that are not built in are
fetched only when you say so.

exit status: 0 done, 1 weights are missing, wrong or could not be fetched, 2 wrong usage, 130 stopped by
Ctrl-C"""
_FETCH = """\
Fetches weights from their project's own address into the cache folder, after showing their licence. Stopped
by whatever means, the same command goes on where it stopped. HTTPS_PROXY is honoured."""
_IMPORT = """\
Takes weights over that you fetched by hand: the file, or the zip archive it comes in. What it must be is
known; anything else is refused."""
_VERIFY = """\
Reads the weights that are here and compares them with what they should be (SHA-256)."""


def add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `faceguard models` and what stands below it."""
    models = commands.add_parser(
        "models",
        help="list recognisers and detectors; fetch, import and verify their weights",
        description=_MODELS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    models.set_defaults(run=_run_list)
    _add_cache(models, None)
    models.add_argument("--json", action="store_true", help="print the list as JSON")
    actions = models.add_subparsers(title="commands", metavar="COMMAND")

    fetch = actions.add_parser("fetch", help="fetch weights", description=_FETCH)
    fetch.set_defaults(run=_run_fetch)
    fetch.add_argument("names", metavar="NAME", nargs="+", help="a model, as the list names it")
    fetch.add_argument("--yes", "-y", action="store_true", help="accept the licence and do not ask")

    take = actions.add_parser("import", help="take over weights fetched by hand", description=_IMPORT)
    take.set_defaults(run=_run_import)
    take.add_argument("name", metavar="NAME", help="the model they are for")
    take.add_argument("file", metavar="FILE", type=Path, help="the file, or its zip archive")

    verify = actions.add_parser("verify", help="check the weights that are here", description=_VERIFY)
    verify.set_defaults(run=_run_verify)
    verify.add_argument(
        "names", metavar="NAME", nargs="*", help="these models (default: all, as far as they are here)"
    )

    for action in (fetch, take, verify):
        _add_cache(action, argparse.SUPPRESS)  # one given before the command stays


def _add_cache(command: argparse.ArgumentParser, default: str | None) -> None:
    command.add_argument(
        "--cache",
        metavar="DIR",
        type=Path,
        default=default,
        help="the cache folder (default: the environment variable FACEGUARD_CACHE, else the system's)",
    )


def _run_list(arguments: argparse.Namespace) -> int:
    from faceguard.cli.models import show

    return show(arguments)


def _run_fetch(arguments: argparse.Namespace) -> int:
    from faceguard.cli.models import fetch

    return fetch(arguments)


def _run_import(arguments: argparse.Namespace) -> int:
    from faceguard.cli.models import take_over

    return take_over(arguments)


def _run_verify(arguments: argparse.Namespace) -> int:
    from faceguard.cli.models import verify

    return verify(arguments)
