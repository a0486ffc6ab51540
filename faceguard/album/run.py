"""One run over an album: an iterator over what became of its photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic

from faceguard.album.guard import People
from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.output_lock import OutputLock
from faceguard.album.work import AlbumWork
from faceguard.photos import DiskFullError, LeftOut


class AlbumRun(Generic[People]):
    """What `faceguard.protect_album` returns: an iterator over the outcomes of an album's photos.

    Iterating raises `DiskFullError` when there is no room left, and `Cancelled` when the token is cancelled;
    what is done by then is safe. Whoever drops it in the middle ends the work. Until it has ended, other runs
    are kept out of its output folder.

    Attributes:
        photos: How many photos the album has.
        left_out: What else lies in the folders and is not protected.
    """

    def __init__(self, work: AlbumWork[People], lock: OutputLock, left_out: Sequence[LeftOut] = ()) -> None:
        self.photos = len(work.photos)
        self.left_out = left_out
        self._done = 0
        # The work does not know the run: so it ends when the run is dropped, not when garbage is collected.
        self._outcomes = _held(work.outcomes(), lock)

    def __iter__(self) -> AlbumRun[People]:
        return self

    def __next__(self) -> PhotoOutcome:
        try:
            outcome = next(self._outcomes)
        except DiskFullError as error:
            raise DiskFullError(
                f"{error}; {self._done} of {self.photos} photos are done: make room and run the same again"
            ) from error
        if outcome.status is not Status.FAILED:
            self._done += 1
        return outcome


def _held(outcomes: Iterator[PhotoOutcome], lock: OutputLock) -> Iterator[PhotoOutcome]:
    """The same outcomes, with the output folder locked until they end."""
    try:
        yield from outcomes
    finally:
        lock.release()
