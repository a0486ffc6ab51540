"""Keeps a second run out of an output folder that one is writing into."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from faceguard.errors import SettingsError

_log = logging.getLogger(__name__)
_FILE = ".faceguard-lock"


class OutputLock:
    """The right to write into an output folder, held until it is released or nobody needs it any more.

    The operating system gives it back with the process, however that ends, so a run that was killed is in
    nobody's way. The lock is on the folder itself, so that nothing of it lies in the album: it keeps out all
    runs on this machine, also where the folder is another machine's, but not those on that one. Windows locks
    no folders: there it is on a hidden file, which is removed in the end. Where a file system knows no locks,
    nobody is kept out.

    Args:
        folder: The folder; it is there.

    Raises:
        SettingsError: Another run holds it, in this process or another one.
    """

    def __init__(self, folder: Path) -> None:
        try:
            give_back = _lock(folder)
        except (BlockingIOError, Timeout) as error:
            raise SettingsError(
                f"another run is writing into the output folder {folder}: let it end or stop it, or choose "
                "another output folder"
            ) from error
        except (OSError, NotImplementedError) as error:
            _log.info("%s: cannot be locked against a second run: %s", folder, error)
            give_back = _nothing
        # It is called too when the lock is dropped, as by a run that was never begun.
        self.release: Callable[[], object] = weakref.finalize(self, give_back)
        """Lets others write into the folder; more than once does no harm."""


def _nothing() -> None:
    """Nothing is held."""


def _lock_folder(folder: Path) -> Callable[[], None]:
    """Locks a folder itself; what it returns unlocks it.

    Raises:
        BlockingIOError: It is locked.
        OSError: It cannot be locked.
    """
    import fcntl  # Windows has none

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return partial(os.close, descriptor)


def _lock_file(folder: Path) -> Callable[[], None]:
    """Locks a hidden file in a folder; what it returns unlocks it, and removes it where that is safe.

    Raises:
        Timeout: It is locked.
        OSError: It cannot be locked.
    """
    lock = FileLock(folder / _FILE, timeout=0, thread_local=False)
    lock.acquire()
    return lock.release


_lock = _lock_file if os.name == "nt" else _lock_folder
