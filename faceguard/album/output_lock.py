"""Keeps a second run out of an output folder that one is writing into, and out of those around and in it."""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from faceguard.errors import SettingsError
from faceguard.photos import MANIFEST_NAME

_log = logging.getLogger(__name__)
_FILE = ".faceguard-lock"
_REMEDY = "let it end or stop it, or choose another output folder"


class OutputLock:
    """The right to write into an output folder, held until it is released or nobody needs it any more.

    The operating system gives it back with the process, however that ends, so a run that was killed is in
    nobody's way. The lock is on the folder itself, so that nothing of it lies in the album: it keeps out all
    runs on this machine, also where the folder is another machine's, but not those on that one. Windows locks
    no folders: there it is on a hidden file, which is removed in the end. Where a file system knows no locks,
    nobody is kept out.

    A run into a folder inside another's, or around it, would take the other's half-written files for a dead
    run's. Output folders are known by their manifests, so two such runs that begin in the same moment, with
    no manifest yet, do not find each other, and neither do those of which one comes to its folder by a link
    that lies inside the other's.

    Args:
        folder: The folder; it is there.

    Raises:
        SettingsError: Another run holds it, or an output folder around or inside it, in this process or
            another one.
    """

    def __init__(self, folder: Path) -> None:
        try:
            give_back = _lock(folder)
        except (BlockingIOError, Timeout) as error:
            raise SettingsError(
                f"another run is writing into the output folder {folder}: {_REMEDY}"
            ) from error
        except (OSError, NotImplementedError) as error:
            _log.info("%s: cannot be locked against a second run: %s", folder, error)
            give_back = _nothing
        # It is called too when the lock is dropped, as by a run that was never begun.
        self.release: Callable[[], object] = weakref.finalize(self, give_back)
        """Lets others write into the folder; more than once does no harm."""
        # Only now: of two runs that begin together, where manifests are, at least one finds the other.
        for how, other in _related_outputs(folder):
            if _is_held(other):
                self.release()
                raise SettingsError(
                    f"another run is writing into {other}, {how} the output folder {folder}: {_REMEDY}"
                )


def _related_outputs(folder: Path) -> Iterator[tuple[str, Path]]:
    """The output folders around a folder and those inside it, with the words that say which."""
    for parent in folder.resolve().parents:
        with suppress(OSError):  # of a folder that may not be looked into
            if (parent / MANIFEST_NAME).exists():
                yield "which holds", parent
    for inside, _, names in os.walk(folder):
        if MANIFEST_NAME in names and Path(inside) != folder:
            yield "inside", Path(inside)


def _is_held(folder: Path) -> bool:
    """Whether a run is writing into a folder; none is where that cannot be told."""
    try:
        _try(folder)
    except (BlockingIOError, Timeout):
        return True
    except (OSError, NotImplementedError):
        return False
    return False


def _nothing() -> None:
    """Nothing is held."""


def _lock_folder(folder: Path, shared: bool = False) -> Callable[[], None]:
    """Locks a folder itself; what it returns unlocks it.

    Args:
        folder: The folder.
        shared: Along with others who share it too.

    Raises:
        BlockingIOError: It is locked.
        OSError: It cannot be locked.
    """
    import fcntl  # Windows has none

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return partial(os.close, descriptor)


def _try_folder(folder: Path) -> None:
    """Finds out whether a folder is locked, in the way of nobody else who does.

    Raises:
        BlockingIOError: It is locked.
        OSError: That cannot be told.
    """
    _lock_folder(folder, shared=True)()


def _lock_file(folder: Path) -> Callable[[], None]:
    """Locks a hidden file in a folder; what it returns unlocks it, and removes it where that is safe.

    Raises:
        Timeout: It is locked.
        OSError: It cannot be locked.
    """
    lock = FileLock(folder / _FILE, timeout=0, thread_local=False)
    lock.acquire()
    return lock.release


def _try_file(folder: Path) -> None:
    """Finds out whether the hidden file in a folder is locked.

    Raises:
        Timeout: It is locked, and not just by another one who finds out.
        OSError: That cannot be told.
    """
    if (folder / _FILE).exists():  # it is not to be made in a folder that is another run's
        with FileLock(folder / _FILE, timeout=1, thread_local=False):
            pass


_lock, _try = (_lock_file, _try_file) if os.name == "nt" else (_lock_folder, _try_folder)
