"""Stops work from another thread: a token is handed in, and cancelled when the work is no longer wanted."""

from __future__ import annotations

import threading

from faceguard.errors import Cancelled, SettingsError


class CancelToken:
    """A flag that any thread may raise and that the work it was handed to heeds.

    Work looks at it before each photo and between the solver's steps, so it stops within about a step; the
    faces of the photos at hand are still looked for. What was written by then is complete and stays. A token
    stays cancelled: for other work make another. One token may be handed to several pieces of work.

    Args:
        after: Another token; when it is cancelled, so is this one.

    Examples:
        >>> token = CancelToken()
        >>> token.cancelled
        False
        >>> token.cancel("the visitor has left")
        >>> token.check()
        Traceback (most recent call last):
            ...
        faceguard.errors.Cancelled: the visitor has left
    """

    def __init__(self, after: CancelToken | None = None) -> None:
        self._event = threading.Event()
        self._reason = ""
        self._after = after

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled, or the one it comes after was."""
        return self._event.is_set() or (self._after is not None and self._after.cancelled)

    def cancel(self, reason: str = "cancelled") -> None:
        """Asks the work to stop.

        Args:
            reason: Why, for the `Cancelled` that it ends in; the first one counts.
        """
        self._reason = self._reason or reason
        self._event.set()

    def check(self) -> None:
        """Goes on quietly, or stops the work.

        Raises:
            Cancelled: It was cancelled.
        """
        if self._after is not None:
            self._after.check()
        if self._event.is_set():
            raise Cancelled(self._reason)


def token_of(cancel: CancelToken | None) -> CancelToken:
    """The token a caller gave, or where it gave none, one that nobody cancels.

    Raises:
        SettingsError: It is something else.
    """
    if not isinstance(cancel, CancelToken | None):
        raise SettingsError(f"cancel is a faceguard.CancelToken, or None, not {cancel!r}")
    return cancel or CancelToken()
