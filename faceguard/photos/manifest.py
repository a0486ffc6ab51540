"""The record of finished photos that lets an interrupted run go on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from faceguard.photos.atomic_files import write_error
from faceguard.photos.reading import read_bytes

MANIFEST_NAME = "faceguard-manifest.jsonl"


@dataclass(frozen=True)
class ManifestRecord:
    """One finished photo.

    Attributes:
        relative: The photo's path below the output folder, with forward slashes.
        input_sha256: Of the source file, hexadecimal.
        output_sha256: Of the protected file, hexadecimal.
        output_size: Of the protected file, in bytes.
        settings_key: The settings it was protected with.
        details: Whatever else is worth knowing, as JSON values: faces, quality, similarity.
    """

    relative: str
    input_sha256: str
    output_sha256: str
    output_size: int
    settings_key: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Manifest:
    """The file ``faceguard-manifest.jsonl`` of an output folder: one line of JSON per finished photo.

    Lines are only ever added; the last one about a photo counts. Lines that cannot be read, such as a
    last one that a crash cut off, are passed over.
    """

    def __init__(self, folder: Path, settings_key: str) -> None:
        """Reads what earlier runs recorded.

        Args:
            folder: The output folder; it need not exist.
            settings_key: Stands for the settings of this run. Photos finished with others are not done.

        Raises:
            PhotoError: The manifest is there but cannot be read.
        """
        self.folder = folder
        self.settings_key = settings_key
        self._path = folder / MANIFEST_NAME
        self._last: dict[str, ManifestRecord] = {}
        if self._path.exists():
            for line in read_bytes(self._path).splitlines():
                record = _parsed(line)
                if record is not None:
                    self._last[record.relative] = record

    def begin(self) -> None:
        """Leaves a manifest without records where there is none: the folder is known for a run's own.

        One that could not be added to is found here, not when the first photo is written.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: The manifest cannot be written.
        """
        try:
            with self._path.open("ab"):
                pass
        except OSError as error:
            raise write_error(self._path, error) from error

    @property
    def records(self) -> Mapping[str, ManifestRecord]:
        """The last record about each photo, of whatever settings, by its path below the output folder."""
        return self._last

    def done(self, relative: Path, input_sha256: str) -> ManifestRecord | None:
        """Looks up a photo that need not be protected again.

        Args:
            relative: Its path below the output folder.
            input_sha256: Of its source file as it is now.

        Returns:
            The last record about it, if source and settings are the same and the protected file is still
            there as it was written; None otherwise.
        """
        record = self._last.get(relative.as_posix())
        if record is None or (record.input_sha256, record.settings_key) != (input_sha256, self.settings_key):
            return None
        try:
            if (self.folder / relative).stat().st_size != record.output_size:
                return None
            data = (self.folder / relative).read_bytes()
        except OSError:
            return None
        return record if hashlib.sha256(data).hexdigest() == record.output_sha256 else None

    def record(self, relative: Path, input_sha256: str, details: Mapping[str, Any]) -> ManifestRecord:
        """Makes the record of a photo that was just written; it is not added yet.

        Args:
            relative: The photo's path below the output folder.
            input_sha256: Of its source file.
            details: Values JSON can hold.

        Returns:
            The record, with size and digest of the file as it is on the disk.

        Raises:
            PhotoError: The protected file cannot be read.
        """
        data = read_bytes(self.folder / relative)
        digest = hashlib.sha256(data).hexdigest()
        return ManifestRecord(
            relative.as_posix(), input_sha256, digest, len(data), self.settings_key, details
        )

    def append(self, record: ManifestRecord) -> None:
        """Adds a record; when this returns, it is on the disk.

        Args:
            record: The record, as ``record`` makes it.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: The manifest cannot be written.
            TypeError: ``details`` holds something JSON cannot.
        """
        line = json.dumps(asdict(record), separators=(",", ":")).encode() + b"\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                if file.seek(0, os.SEEK_END) > 0:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error
        self._last[record.relative] = record


def _parsed(line: bytes) -> ManifestRecord | None:
    try:
        record = ManifestRecord(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (record.relative, record.input_sha256, record.output_sha256, record.settings_key)
    return record if all(isinstance(text, str) for text in texts) else None
