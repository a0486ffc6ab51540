"""One run over an album: an iterator over what became of its photos."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Generic

from faceguard.album.guard import People
from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.output_lock import OutputLock
from faceguard.album.work import AlbumWork
from faceguard.photos import DiskFullError, LeftOut


class AlbumRun(Generic[People]):
    """What `faceguard.protect_album` returns: an iterator over the outcomes of an album's photos.

    Iterating raises `DiskFullError` when there is no room left, and `Cancelled` when the token is cancelled;
    what is done by then is safe. Whoever drops it in the middle, or closes it, ends the work. Until it has
    ended, other runs are kept out of its output folder.

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
        self._lock = lock

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

    def close(self) -> None:
        """Ends the work, for whoever keeps the run but wants no more of it; what is done by then is safe."""
        self._outcomes.close()
        self._lock.release()  # a run that was never begun has not come to that


def _held(outcomes: Iterator[PhotoOutcome], lock: OutputLock) -> Generator[PhotoOutcome, None, None]:
    """The same outcomes, with the output folder locked until they end."""
    try:
        yield from outcomes
    finally:
        lock.release()
