"""The protectors that the server works with: one for each strength, made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from faceguard.people.selection import PersonSelection
from faceguard.protector import Protector
from faceguard.web.job import JobSettings


class Protectors:
    """Makes protectors, and keeps them.

    Args:
        surrogates: As for `Protector`; so are the others.

    Raises:
        SettingsError: A setting cannot be used.
    """

    def __init__(
        self, *, surrogates: Sequence[str], detector: str, device: str, seed: int, min_face: int
    ) -> None:
        self._surrogates = surrogates
        self._detector = detector
        self._device = device
        self._seed = seed
        self._min_face = min_face
        self._made: dict[str, Protector] = {}
        self._lock = threading.Lock()
        self._of(JobSettings().strength)  # now rather than with the first album, as it may fail

    def guard_for(self, settings: JobSettings, only: Sequence[bytes], but: Sequence[bytes]) -> Protector:
        """What protects a job's photos; see `faceguard.web.guards.Guards`."""
        protector = self._of(settings.strength)
        if not only and not but:
            return protector
        return protector.for_people(self._selection(only, but))

    def check_reference(self, photo: bytes) -> None:
        """Looks whether a photo can serve as a reference; see `faceguard.web.guards.Guards`."""
        self._selection([photo], [])

    def _selection(self, only: Sequence[bytes], but: Sequence[bytes]) -> PersonSelection:
        return PersonSelection(only, but, detector=self._detector, device=self._device)

    def _of(self, strength: str) -> Protector:
        with self._lock:
            if strength not in self._made:
                self._made[strength] = Protector(
                    strength=strength,
                    surrogates=self._surrogates,
                    detector=self._detector,
                    device=self._device,
                    seed=self._seed,
                    min_face=self._min_face,
                )
            return self._made[strength]
