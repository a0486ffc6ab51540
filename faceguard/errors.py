"""What can go wrong, as exceptions an app can catch. Every message says what, where and what to do."""

from __future__ import annotations

from pathlib import Path


class FaceguardError(Exception):
    """Anything faceguard refuses or fails to do; its text is meant for people."""


class SettingsError(FaceguardError):
    """A setting that cannot be used: an unknown name, a value out of range, an unusable folder or device."""


class PhotoError(FaceguardError):
    """One photo that cannot be read or written; the rest of an album goes on.

    Attributes:
        path: The photo's path, or None where it came from memory.
        reason: What is wrong with it, without the path.
    """

    def __init__(self, path: Path | None, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}" if path is not None else reason)


class Cancelled(FaceguardError):
    """Work that was stopped with a `faceguard.CancelToken`; what was finished by then is complete."""
