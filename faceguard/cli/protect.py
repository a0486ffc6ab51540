"""`faceguard protect`: an album run with progress, and the report at its end."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from faceguard.album.guard import Guard
from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.protecting import protect_album
from faceguard.album.report import AlbumReport
from faceguard.cli.console import message, say
from faceguard.cli.display import Display, display
from faceguard.cli.protect_guard import guard_of
from faceguard.cli.report_page import ReportPage
from faceguard.environment import device_name
from faceguard.errors import FaceguardError
from faceguard.methods.key_file import KEY_NAME
from faceguard.photos import DEFAULT_MAX_PIXELS, MetadataPolicy
from faceguard.text.counts import number_of
from recognizers import onnxruntime_install


def run(arguments: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        The exit status: 0, 1 when a photo failed or a folder could not be read, 130 when stopped by Ctrl-C.

    Raises:
        SettingsError: An option cannot be used, or there is nothing to protect.
        DiskFullError: There is no room left.
        OutputError: Standard output cannot be written; the photos are done.
    """
    warn_of_onnxruntime()
    metadata = MetadataPolicy(arguments.metadata)
    with display(arguments.quiet) as shown:
        guard = guard_of(arguments, shown)
        asked: Guard[Any] = guard  # what it remembers of people is its own affair
        album = protect_album(
            asked,
            arguments.paths,
            arguments.output,
            metadata=metadata,
            max_pixels=arguments.max_pixels or DEFAULT_MAX_PIXELS,
            progress=shown.progress,
        )
        device = device_name(guard.device)
        if not arguments.quiet:
            shown.line(f"{number_of(album.photos, 'photo')} on {device}")
        unread = [item for item in album.left_out if item.is_folder]
        for folder in unread:
            shown.line(f"failed: {folder.path}: {folder.reason}")
        settings = {**guard.settings, "metadata": metadata.value}
        report = AlbumReport(album.photos, album.left_out, settings, device)
        page = ReportPage(arguments, guard.device) if arguments.report else None
        try:
            follow(album if page is None else page.noting(album), report, shown)
        except KeyboardInterrupt:
            with suppress(FaceguardError):
                report.write(arguments.output)
            return stopped(report)
    status = 1 if report.failed or unread else 0
    try:
        report.write(arguments.output)
    except FaceguardError as error:
        message(f"error: {error}")
        status = 1
    try:
        if arguments.json:
            say(json.dumps(report.to_json(), indent=2))
        elif not arguments.quiet:
            say(report.text())
    finally:  # also where nobody reads that
        tell_of_key(arguments.output / KEY_NAME)
        page_status = 0 if page is None else page.write()
    return max(status, page_status)


def follow(outcomes: Iterable[PhotoOutcome], report: AlbumReport, shown: Display) -> None:
    """Runs an album to its end, adds what became of each photo to a report, and says what failed."""
    for outcome in outcomes:
        report.add(outcome)
        if outcome.status is Status.FAILED:
            shown.line(f"failed: {outcome.relative}: {outcome.reason}")
        elif outcome.status is Status.NO_FACE:
            shown.line(f"not protected: {outcome.relative}: {outcome.reason}")


def tell_of_key(path: Path) -> None:
    """Says that a key must not be published, where there is one."""
    if path.exists():
        message(
            f"note: {path} is the key to these photos: whoever has it can learn who is on them. Keep it, and "
            "move it out of this folder before you publish the photos"
        )


def stopped(report: AlbumReport) -> int:
    """Says how far a run came that Ctrl-C stopped.

    Returns:
        The exit status for it.
    """
    message(f"stopped: {number_of(report.finished, 'photo')} done; run the same command again to go on")
    return 130


def warn_of_onnxruntime() -> None:
    """Says what is wrong with an installed ONNX Runtime, if anything is."""
    problem = onnxruntime_install.problem()
    if problem is not None:
        message(f"warning: {problem}")
