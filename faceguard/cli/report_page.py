"""The page that `faceguard protect --report` writes beside the protected photos."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

import torch

from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.check.checking import Checker, Pair
from faceguard.check.crafting import Manifests
from faceguard.check.findings import Unchecked
from faceguard.check.judges import present
from faceguard.check.page import PAGE_NAME, write_page
from faceguard.cli.bench_progress import bench_display
from faceguard.cli.console import message
from faceguard.errors import FaceguardError
from faceguard.faces import detectors
from faceguard.photos import DEFAULT_MAX_PIXELS


class ReportPage:
    """Notes what an album run did, and judges it at its end: photos that earlier runs finished included.

    Args:
        arguments: Those of `faceguard protect`.
        device: Where the recognisers run.
    """

    def __init__(self, arguments: argparse.Namespace, device: torch.device) -> None:
        self._arguments = arguments
        self._device = device
        self._pairs: list[Pair] = []
        self._failed: list[Unchecked] = []

    def noting(self, outcomes: Iterable[PhotoOutcome]) -> Iterator[PhotoOutcome]:
        """The same outcomes; what the page needs of them is kept."""
        for outcome in outcomes:
            name = outcome.relative.as_posix()
            if outcome.status is Status.FAILED:
                self._failed.append(Unchecked(name, outcome.reason))
            else:
                written = self._arguments.output / outcome.relative
                self._pairs.append(Pair(outcome.source, name, written, name))
            yield outcome

    def write(self) -> int:
        """Judges the photos and writes the page.

        Returns:
            The exit status: 0, 1 when it could not be written, 130 when stopped by Ctrl-C.
        """
        arguments = self._arguments
        try:
            manifests = Manifests(arguments.output)
            bench = present(self._device, manifests.recognisers)
            detector = detectors.load(arguments.detector, arguments.device, arguments.min_face)
            with bench_display(arguments.quiet) as shown:
                pixels = arguments.max_pixels or DEFAULT_MAX_PIXELS
                checker = Checker(bench, detector, self._device, shown, pixels)
                pairs = sorted(self._pairs, key=lambda pair: pair.name)
                found = checker.check_pairs(pairs, manifests, self._failed)
            page = arguments.output / PAGE_NAME
            write_page(found, page)
        except FaceguardError as error:
            message(f"error: the photos are done, but not the page about them: {error}")
            return 1
        except KeyboardInterrupt:
            message("stopped: the photos are done, but not the page about them; run the same command again")
            return 130
        if not arguments.quiet:
            message(f"the page about it, for you alone: {page}")
        return 0
