"""`faceguard demo`: protects sample photos and draws what changed."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from faceguard.album.outcome import PhotoOutcome
from faceguard.album.protecting import protect_album
from faceguard.album.report import AlbumReport
from faceguard.cli.console import say
from faceguard.cli.display import display
from faceguard.cli.protect import follow, stopped, warn_of_onnxruntime
from faceguard.cli.samples import write_samples
from faceguard.comparison import Box, comparison
from faceguard.environment import device_name
from faceguard.photos import read_photo, write_atomically
from faceguard.protector import Protector
from faceguard.text.counts import number_of


def run(arguments: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        The exit status: 0, 1 when a photo failed, 130 when stopped by Ctrl-C.

    Raises:
        SettingsError: The output folder cannot be used.
        PhotoError: A sample or a picture cannot be written.
        DiskFullError: There is no room left.
    """
    warn_of_onnxruntime()
    originals, protected = arguments.output / "original", arguments.output / "protected"
    write_samples(originals)
    guard = Protector()
    boxes: dict[Path, list[Box]] = {}
    with display(quiet=False) as shown:
        album = protect_album(guard, originals, protected, progress=shown.progress)
        device = device_name(guard.device)
        shown.line(f"{number_of(album.photos, 'photo')} on {device}")
        report = AlbumReport(album.photos, album.left_out, guard.settings, device)
        try:
            follow(_noting_boxes(album, boxes), report, shown)
        except KeyboardInterrupt:
            return stopped(report)
    report.write(protected)
    pictures = [
        _draw(originals / place, protected / place, faces, arguments.output)
        for place, faces in sorted(boxes.items())
    ]
    say(report.text())
    say()
    say("To see what changed, open:")
    for picture in pictures:
        say(f"  {picture}")
    say("To protect a folder of your own:")
    say("  faceguard protect MY-PHOTOS --output MY-PHOTOS-PROTECTED")
    return 1 if report.failed else 0


def _noting_boxes(outcomes: Iterable[PhotoOutcome], boxes: dict[Path, list[Box]]) -> Iterator[PhotoOutcome]:
    """The same outcomes; where the faces of each photo are goes into `boxes`."""
    for outcome in outcomes:
        faces = [tuple(face["box"]) for face in outcome.details.get("faces", ())]
        if faces:
            boxes[outcome.relative] = faces
        yield outcome


def _draw(original: Path, protected: Path, boxes: list[Box], folder: Path) -> Path:
    picture = comparison(read_photo(original).pixels, read_photo(protected).pixels, boxes)
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    path = folder / f"comparison-{original.stem}.png"
    write_atomically(path, encoded.getvalue())
    return path
