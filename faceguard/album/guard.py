"""What protects the photos of an album: a `Protector`, a `JointProtector`, or whatever does the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from faceguard.cancel import CancelToken
from faceguard.faces.face import Face
from faceguard.photos import Photo
from faceguard.results import ProtectionResult

People = TypeVar("People")


class Guard(Protocol[People]):
    """What protects the photos: `faceguard.Protector`, or whatever does the same."""

    @property
    def settings_key(self) -> str:
        """Stands for everything that decides the result."""
        ...

    def find_faces(self, photos: Sequence[Photo]) -> list[list[Face]]:
        """The faces of each photo, largest first, those included that are not to be protected."""
        ...

    def people(self) -> People:
        """An empty memory of who is in an album."""
        ...

    def remember(self, people: People, photo: Photo, faces: Sequence[Face]) -> None:
        """Adds a photo's faces to such a memory, which does not keep the photo."""
        ...

    def prepare(self, people: People, cancel: CancelToken | None = None) -> None:
        """Does once what all photos of an album need together, when all of them are remembered.

        Raises:
            Cancelled: The token was cancelled.
        """
        ...

    def protect_photos(
        self,
        photos: Sequence[Photo],
        faces: Sequence[Sequence[Face]] | None = None,
        people: People | None = None,
        cancel: CancelToken | None = None,
    ) -> list[ProtectionResult]:
        """One result for each photo; called by several threads at once.

        Raises:
            Cancelled: The token was cancelled.
        """
        ...
