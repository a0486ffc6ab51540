"""The folder that uploads are kept in: nobody else's to read, and gone when the server is."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

_PREFIX = "faceguard-serve-"
_LOCK = "in-use.lock"


class PrivateFolder:
    """A new folder that only this user can open (0700); a context manager that removes it with all in it.

    What a killed server left behind is removed by the next one: a folder in use is known by its lock.

    Args:
        parent: Where to make it; None for the system's temporary folder (`TMPDIR`).

    Attributes:
        path: The folder.

    Raises:
        SettingsError: It cannot be made.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = Path(tempfile.gettempdir()) if parent is None else parent
        _remove_left_behind(parent)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._lock = FileLock(self.path / _LOCK, timeout=0, thread_local=False)
            self._lock.acquire()
        except OSError as error:
            reason = reason_of(error)
            raise SettingsError(
                f"cannot make a private folder in {parent}: {reason}; name another one with the environment "
                "variable TMPDIR"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Removes the folder; more than once does no harm."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)  # where a file that is open cannot be removed


def _remove_left_behind(parent: Path) -> None:
    own = os.getuid() if hasattr(os, "getuid") else None
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError, Timeout):
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or (own is not None and status.st_uid != own):
                continue
            if not (folder / _LOCK).exists():
                continue  # another server is just making it
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
