"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path

from faceguard.errors import FaceguardError, PhotoError
from recognizers.system_errors import reason_of

_PREFIX, _SUFFIX = ".faceguard-", ".tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFullError(FaceguardError):
    """The disk or the quota is full: nothing more can be written, so an album has to stop."""


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file so that it is complete under its name or not there at all.

    The bytes go to a temporary file in the same folder, to the disk, and then under the file's name. The
    temporary file is removed on every failure, also when the program is interrupted; only one that is
    killed leaves it behind, for ``remove_leftovers``.

    Args:
        path: The file; missing folders are made, an existing file is replaced.
        data: Its content.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: It cannot be written for another reason.
    """
    temporary = path.parent / f"{_PREFIX}{uuid.uuid4().hex}{_SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> FaceguardError:
    """The exception to raise for a file that could not be written.

    Args:
        path: The file.
        error: What the system said.

    Returns:
        A ``DiskFullError`` where there is no room left, a ``PhotoError`` otherwise.
    """
    reason = reason_of(error)
    if error.errno in _FULL:
        return DiskFullError(f"{path}: cannot be written: {reason}")
    return PhotoError(path, f"cannot be written: {reason}")


def remove_leftovers(folder: Path) -> int:
    """Removes the temporary files a killed run left in a folder and below it.

    Call it before a run starts to write, not while another one writes into the same folder.

    Args:
        folder: The output folder; it need not exist.

    Returns:
        How many files were removed.
    """
    removed = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if is_temporary(name):
                with suppress(OSError):
                    (Path(parent) / name).unlink()
                    removed += 1
    return removed


def is_temporary(name: str) -> bool:
    """Whether a file name is one of ``write_atomically``'s temporary names."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def _sync_folder(folder: Path) -> None:
    """Makes the new name durable, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
