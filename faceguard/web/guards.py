"""What protects the photos of jobs, as the server needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from faceguard.album.guard import Guard
from faceguard.web.job import JobSettings


class ServedGuard(Guard[Any], Protocol):
    """What protects the photos: `faceguard.Protector`, or whatever does the same."""

    @property
    def settings(self) -> dict[str, object]:
        """Everything that decides the result, as JSON values."""
        ...

    @property
    def device(self) -> torch.device:
        """Where the networks run."""
        ...


class Guards(Protocol):
    """Makes what protects a job's photos: `faceguard.web.protectors.Protectors`, or a test's."""

    def guard_for(self, settings: JobSettings, only: Sequence[bytes], but: Sequence[bytes]) -> ServedGuard:
        """What protects a job's photos; called in the working thread.

        Args:
            settings: What the client chose.
            only: Photos of the people to protect, as files; none for everybody.
            but: Photos of people whose faces are to stay as they are.

        Raises:
            SettingsError: These cannot be used.
        """
        ...

    def check_reference(self, photo: bytes) -> None:
        """Looks whether a photo can serve as one of these; called from any thread.

        Raises:
            SettingsError: It cannot; the text says what to do.
        """
        ...
