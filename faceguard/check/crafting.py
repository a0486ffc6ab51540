"""What photos were protected with, as far as the files beside them tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

from faceguard import methods
from faceguard.album.report import REPORT_NAME
from faceguard.errors import FaceguardError, SettingsError
from faceguard.photos import MANIFEST_NAME, Manifest, ManifestRecord
from recognizers import member_names

Threat = Literal["enrolment", "training", "both"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Crafting:
    """How a photo was protected.

    Attributes:
        threat: What against: "enrolment", "training" or "both"; None where no face was to be protected.
        recognisers: The recognisers that it was crafted on; none against training.
        method: The method's name; None where it is not known.
        left: The faces that were left as they were, as only some people's were to be protected: their boxes,
            (left, top, right, bottom) in the original's pixels.
    """

    threat: Threat | None
    recognisers: tuple[str, ...]
    method: str | None
    left: tuple[Box, ...] = ()


class Manifests:
    """What the manifest of a folder that faceguard wrote knows of photos.

    Args:
        folder: The folder; one without a manifest knows nothing.
        wanted: Whether it is an error that there is none.

    Raises:
        SettingsError: There is none although it is wanted, or it cannot be read.
    """

    def __init__(self, folder: Path, wanted: bool = False) -> None:
        path = folder / MANIFEST_NAME if folder.is_dir() else folder
        self._by_output: dict[str, ManifestRecord] = {}
        self._by_input: dict[str, ManifestRecord] = {}
        self._method: str | None = None
        if path.name != MANIFEST_NAME or not path.is_file():
            if wanted:
                raise SettingsError(f"{folder}: there is no {MANIFEST_NAME}, which faceguard protect writes")
            return
        try:
            records = Manifest(path.parent, settings_key="").records
        except FaceguardError as error:
            raise SettingsError(str(error)) from error
        for record in records.values():
            self._by_output[record.output_sha256] = record
            self._by_input[record.input_sha256] = record
        self._method = _method(path.parent / REPORT_NAME)

    @property
    def recognisers(self) -> list[str]:
        """Every recogniser that a photo was crafted on."""
        names = {
            name for record in self._by_output.values() for name in record.details.get("similarity") or ()
        }
        return sorted(names)

    def crafting(self, original_sha256: str, copy_sha256: str) -> Crafting | None:
        """How a photo was protected; None where that is not known.

        Args:
            original_sha256: Of the original's file.
            copy_sha256: Of the protected photo's file. A copy of that file is known by its original.
        """
        record = self._by_output.get(copy_sha256) or self._by_input.get(original_sha256)
        if record is None:
            return None
        left = tuple(tuple(face["box"]) for face in record.details.get("left") or ())
        if not record.details.get("faces"):
            return Crafting(None, (), self._method, left) if left else None
        recognisers = tuple(sorted(record.details.get("similarity") or ()))
        return Crafting(self._threat(bool(recognisers)), recognisers, self._method, left)

    def _threat(self, judged: bool) -> Threat:
        """By the method's name; else by whether recognisers were asked, as they are about cloaks alone."""
        if self._method in methods.available():
            return methods.threat_of(str(self._method))
        return "enrolment" if judged else "training"


def crafted_on(recogniser: str, surrogates: Iterable[str]) -> bool:
    """Whether a recogniser, or a member of it, is among those that were crafted on.

    Files count as the same where they have the same name, wherever they lie.
    """
    known = {_plain(member) for surrogate in surrogates for member in member_names(surrogate)}
    return not known.isdisjoint(_plain(member) for member in member_names(recogniser))


def _plain(name: str) -> str:
    _, colon, path = name.partition(":")
    return PurePath(path).name if colon else name


def _method(report: Path) -> str | None:
    try:
        settings: Mapping[str, Any] = json.loads(report.read_bytes())["settings"]
        return str(settings["method"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
