"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from recognizers.errors import RecognizerError
from recognizers.system_errors import reason_of


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Writes files so that each is there whole or not at all; all get their names at the end.

    Args:
        files: Their content; missing folders are made, existing files are replaced.

    Raises:
        RecognizerError: One cannot be written.
    """
    written: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary = path.with_name(f".{path.name}-{uuid.uuid4().hex}.tmp")
                written[temporary] = path
                with temporary.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise _unwritable(path, error) from error
        for temporary, path in written.items():
            try:
                temporary.replace(path)
            except OSError as error:
                raise _unwritable(path, error) from error
    finally:
        for temporary in written:
            with suppress(OSError):
                temporary.unlink()


def _unwritable(path: Path, error: OSError) -> RecognizerError:
    return RecognizerError(f"{path}: cannot be written: {reason_of(error)}")
