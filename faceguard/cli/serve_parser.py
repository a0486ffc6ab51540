"""The options of `faceguard serve`. Nothing here loads NumPy, PyTorch or FastAPI."""

from __future__ import annotations

import argparse

from faceguard.cli.argument_types import above_zero, whole
from faceguard.cli.common_options import add_detector, add_running
from faceguard.web.limits import Limits

DEFAULT_PORT = 8765
_SERVE = """\
A page in your browser, and an HTTP API (/openapi.json), that protect photos on this machine. Nothing leaves
it. Photos are kept in a private temporary folder and removed when you say so, when nobody has looked at them
for a time, and when the server stops (Ctrl-C).

Beyond this machine (--host), clients have to show a token, which is made up and printed if you name none.
What is sent is not encrypted: put a reverse proxy with TLS before it, or use a tunnel.

exit status: 0 stopped by Ctrl-C or a signal, 1 something went wrong, 2 wrong usage or settings"""


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `faceguard serve`."""
    serve = commands.add_parser(
        "serve",
        help="protect photos on a page in your browser, or over HTTP",
        description=_SERVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.set_defaults(run=_run_serve)
    serve.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="where to listen (default: 127.0.0.1, here only)",
    )
    serve.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=DEFAULT_PORT,
        help=f"default: {DEFAULT_PORT}; 0: any that is free",
    )
    serve.add_argument(
        "--token",
        metavar="TEXT",
        help="what clients have to show, 16 characters or more; the environment variable FACEGUARD_TOKEN "
        "does the same and does not show in the list of processes",
    )
    serve.add_argument(
        "--allow-host",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="further names that this server is reached by, such as that of a reverse proxy",
    )
    browser = serve.add_mutually_exclusive_group()
    browser.add_argument(
        "--open",
        dest="browser",
        action="store_true",
        default=None,
        help="open the page in your browser (default: if started from a terminal with a desktop around it)",
    )
    browser.add_argument("--no-browser", dest="browser", action="store_false", help="only print its address")
    _add_crafting(serve)
    _add_limits(serve)


def _add_crafting(serve: argparse.ArgumentParser) -> None:
    group = serve.add_argument_group("how photos are protected")
    group.add_argument(
        "--surrogate",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="the recognisers to craft on (default: dlib)",
    )
    add_detector(group, 24)
    add_running(group)


def _add_limits(serve: argparse.ArgumentParser) -> None:
    usual = Limits()
    group = serve.add_argument_group("limits")

    def add(option: str, unit: str, kind: type[int] | type[float], usual_value: float, text: str) -> None:
        group.add_argument(
            option,
            metavar=unit,
            type=whole(1) if kind is int else above_zero,
            default=usual_value,
            help=f"{text} (default: {usual_value:,g})" if usual_value < 10**6 else text,
        )

    add("--max-photos", "N", int, usual.photos, "photos of one album")
    add("--max-photo-mb", "MB", float, usual.photo_mb, "size of one photo, in megabytes")
    add("--max-total-mb", "MB", float, usual.total_mb, "size of one album's photos together")
    add("--max-pixels", "N", int, usual.pixels, "pixels of one photo (default: 120 million)")
    add("--max-minutes", "MIN", float, usual.minutes, "time to protect one album")
    add("--max-jobs", "N", int, usual.jobs, "albums held at the same time; they wait for their turn")
    add("--keep-minutes", "MIN", float, usual.keep_minutes, "how long photos that nobody looks at are kept")


def _port(text: str) -> int:
    value = whole(0)(text)
    if value > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: they go up to 65535")
    return value


def _run_serve(arguments: argparse.Namespace) -> int:
    from faceguard.cli.serve import run

    return run(arguments)
