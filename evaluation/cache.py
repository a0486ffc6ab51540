"""Keeps what is slow to compute, such as where faces are and what recognisers make of them.

An entry's key is the SHA-256 of everything that decides its value: the photo's bytes, the edits it went
through, the detector or recogniser with its settings, weights and code. So an entry is never out of date, and
nothing has to be cleared when something changes. The store is one SQLite file of raw numbers, which holds
embeddings of faces: treat it like the photos.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

FILE_NAME = "faceguard-bench-cache.sqlite"
_AT_ONCE = 500  # SQLite takes 999 parameters in a statement at least
_PATIENCE = 60.0  # seconds to wait for another run that is writing


def key_of(parts: Mapping[str, object]) -> bytes:
    """The key of a value: the SHA-256 of what decides it, given as JSON values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).digest()


class Cache:
    """A store of values by key; complete after each `put`, also when the program is killed in the next.

    Args:
        folder: Where its file lies, made where it is missing; None keeps the values in memory.

    Raises:
        SettingsError: It cannot be written to, or what lies there is no such store.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._where = ":memory:" if folder is None else str(folder / FILE_NAME)
        with self._failing():
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._where, timeout=_PATIENCE)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            with self._database:
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS entries "
                    "(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that are there, by key.

        Raises:
            SettingsError: The store cannot be read.
        """
        found: dict[bytes, bytes] = {}
        with self._failing():
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                found.update(
                    self._database.execute(f"SELECT key, value FROM entries WHERE key IN ({marks})", some)
                )
        return found

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Stores values: all of them, or none when it fails.

        Raises:
            SettingsError: The store cannot be written to.
        """
        with self._failing(), self._database:
            self._database.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", values.items())

    def close(self) -> None:
        """Closes the store."""
        self._database.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(f"{self._where}: no cache can be kept there: {reason_of(error)}") from error
        except sqlite3.OperationalError as error:
            raise SettingsError(
                f"{self._where}: cannot be used as a cache: {error}; name another folder with --cache"
            ) from error
        except sqlite3.DatabaseError as error:
            raise SettingsError(
                f"{self._where}: is no cache, or a damaged one ({error}); remove the file, it is made again"
            ) from error
