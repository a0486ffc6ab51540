"""`faceguard check`: judges protected photos, and writes the page that shows it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from faceguard.check.checking import Checker, photos_of
from faceguard.check.crafting import Manifests
from faceguard.check.facts import facts
from faceguard.check.judges import Bench, named, present
from faceguard.check.page import PAGE_NAME, write_page
from faceguard.check.text import check_text
from faceguard.cli.bench_progress import bench_display
from faceguard.cli.console import message, say
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.photos import DEFAULT_MAX_PIXELS
from faceguard.settings import devices
from faceguard.text.printable import printable


def run(arguments: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        The exit status: 0 when every face is judged and not recognised, 130 when stopped by Ctrl-C, else 1.

    Raises:
        SettingsError: An option cannot be used, or there is nothing to check.
        FaceguardError: The page cannot be written.
    """
    page = _page(arguments.output)
    photos_of(arguments.originals, arguments.protected)  # before anything slow is loaded
    manifests = Manifests(arguments.manifest or arguments.protected, wanted=arguments.manifest is not None)
    device = devices.choose(arguments.device)
    bench = judges_for(arguments.recognizer, device, manifests)
    try:
        detector = detectors.load(arguments.detector, arguments.device, arguments.min_face)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    try:
        with bench_display(arguments.quiet) as shown:
            checker = Checker(bench, detector, device, shown, arguments.max_pixels or DEFAULT_MAX_PIXELS)
            found = checker.check_folders(arguments.originals, arguments.protected, manifests)
    except KeyboardInterrupt:
        message("stopped: nothing was written")
        return 130
    write_page(found, page)
    if arguments.json:
        say(json.dumps({**facts(found), "page": str(page)}, indent=2))
    elif not arguments.quiet:
        say(check_text(found))
        say()
        say(f"The page, for you alone: {printable(str(page))}")
    return 0 if found.protected else 1


def judges_for(names: list[str] | None, device: torch.device, manifests: Manifests) -> Bench:
    """Who judges: those that were named, else all that are there and those that were crafted on.

    Raises:
        SettingsError: One that was named cannot be used, or there is none.
    """
    return named(names, device) if names else present(device, manifests.recognisers)


def _page(output: Path) -> Path:
    """Where the page goes.

    Raises:
        SettingsError: It would replace something that is no page.
    """
    page = output / PAGE_NAME if output.is_dir() else output
    if page.suffix.lower() not in (".html", ".htm"):
        raise SettingsError(f"{output}: the page is an .html file, or goes into a folder that is there")
    return page
