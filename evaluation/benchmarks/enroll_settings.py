"""What the enrolment benchmark is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from evaluation.benchmarks.workbench import DataSettings, Statistics, TrackerSettings
from faceguard.errors import SettingsError


class Case(Enum):
    """Which photos of the user are protected: the probes, and the ones in the gallery, in that order."""

    PROTECTED_GALLERY = "clean/protected"
    CLEAN = "clean/clean"
    BOTH = "protected/protected"
    PROTECTED_PROBES = "protected/clean"

    @property
    def protected_probes(self) -> bool:
        """Whether the probes are."""
        return self.value.startswith("protected")

    @property
    def protected_gallery(self) -> bool:
        """Whether the gallery's are."""
        return self.value.endswith("protected")


class EditOn(Enum):
    """Which photos a defender edits.

    Attributes:
        PROTECTED: The user's gallery photos alone, as where a network recompresses what its users publish.
        GALLERY: Everybody's gallery photos: a tracker does not know which are protected.
        ALL: The gallery and the probes.
    """

    PROTECTED = "protected"
    GALLERY = "gallery"
    ALL = "all"


@dataclass(frozen=True)
class Crafting:
    """How photos are protected; see `faceguard.Protector`."""

    method: str = "cloak"
    strength: str = "medium"
    epsilon: float | None = None
    surrogates: tuple[str, ...] = ("dlib",)
    seed: int = 0
    others: tuple[Path, ...] = ()


@dataclass(frozen=True)
class EnrollSettings:
    """What `enroll` is told.

    Attributes:
        data: Which data.
        output: Where protected photos and learned weights are kept; a run goes on with what is there.
        tracker: How the tracker looks at photos.
        statistics: How chance is dealt with.
        crafting: How photos are protected.
        protected: A folder of versions protected by any tool, under the photos' names: measured instead.
        suffix: What the tool that made these adds to names.
        trackers: How it names faces, see `evaluation.trackers.names`.
        defenders: What it does against protection, see `evaluation.defenders.defender`.
        edit_on: Which photos the defenders' edits go over.
        cases: Which photos are protected; those with protected probes are measured without defenders alone.
        gallery_photos: How many of each person's photos, the first by name, are in the gallery; None for
            half of them. The others are probes.
        every: Every so-manieth person, from the first, is a user whose photos are protected.
        learning_people: Learned defenders are trained on so many people who are not users.
    """

    data: DataSettings
    output: Path
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    statistics: Statistics = field(default_factory=Statistics)
    crafting: Crafting = field(default_factory=Crafting)
    protected: Path | None = None
    suffix: str = ""
    trackers: tuple[str, ...] = ("nearest",)
    defenders: tuple[str, ...] = ("none",)
    edit_on: EditOn = EditOn.GALLERY
    cases: tuple[Case, ...] = tuple(Case)
    gallery_photos: int | None = None
    every: int = 5
    learning_people: int = 40

    def __post_init__(self) -> None:
        for name in ("every", "learning_people"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.gallery_photos is not None and self.gallery_photos < 1:
            raise SettingsError(f"the gallery holds at least 1 photo of each, not {self.gallery_photos}")
        if Case.PROTECTED_GALLERY not in self.cases:
            raise SettingsError(f"the case {Case.PROTECTED_GALLERY.value} is what is measured; leave it in")
