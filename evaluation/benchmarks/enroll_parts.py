"""What the enrolment benchmark puts together before it measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.benchmarks.enroll_settings import EnrollSettings
from evaluation.benchmarks.gallery_split import GallerySplit
from evaluation.benchmarks.learned_defenders import Lesson
from evaluation.benchmarks.published_photos import Published
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.dataset import DataPhoto
from evaluation.trackers.sighting import Sighting


@dataclass(frozen=True, eq=False)
class EnrollParts:
    """The benchmark's parts.

    Attributes:
        settings: What to measure.
        bench: The tracker.
        split: Who is enrolled with which photos.
        published: What users publish.
        usable: The photos that can be used, by name.
        lessons: What learned defenders learn from.
    """

    settings: EnrollSettings
    bench: Workbench
    split: GallerySplit
    published: Published
    usable: Mapping[str, Sighting]
    lessons: Sequence[Lesson]

    @property
    def users(self) -> tuple[int, ...]:
        """The numbers of the protected people."""
        return self.published.users

    @property
    def gallery(self) -> list[DataPhoto]:
        """Everybody's usable gallery photos."""
        return self._usable(photo for photos in self.split.gallery for photo in photos)

    @property
    def own(self) -> list[DataPhoto]:
        """The users' usable gallery photos."""
        return self._usable(photo for user in self.users for photo in self.split.gallery[user])

    @property
    def probes(self) -> list[DataPhoto]:
        """The users' usable probes."""
        return self._usable(photo for user in self.users for photo in self.split.probes[user])

    def _usable(self, photos: Iterable[DataPhoto]) -> list[DataPhoto]:
        return [photo for photo in photos if photo.name in self.usable]
