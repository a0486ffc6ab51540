"""What the training benchmark puts together before it trains anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.benchmarks.protecting import ProtectedPhoto
from evaluation.benchmarks.published_photos import Published
from evaluation.benchmarks.train_crops import TrainCrops
from evaluation.benchmarks.train_key import key_to
from evaluation.benchmarks.train_photos import (
    NOTHING,
    by_any_tool,
    by_this_tool,
    protectable_people,
    versions_by_any_tool,
)
from evaluation.benchmarks.train_scenes import People, Scene, scenes
from evaluation.benchmarks.train_settings import TrainCase, TrainSettings
from evaluation.benchmarks.train_split import TrainSplit, evenly, train_split
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.dataset import DataPhoto
from evaluation.datasets.validation import Validation
from evaluation.defenders.edits import UNEDITED
from evaluation.defenders.training_defence import NONE, TrainingDefence, parse
from evaluation.trackers.sighting import Obstacle
from faceguard.album.guard import Guard
from faceguard.errors import SettingsError
from faceguard.methods.authorised_key import AuthorisedKey

CLEAN, PROTECTED = "clean", "protected"


@dataclass(frozen=True, eq=False)
class TrainParts:
    """The benchmark's parts.

    Attributes:
        settings: What to measure.
        bench: The tracker.
        split: Who is trained on with which photos.
        set_aside: The numbers of the people a purifier learns from.
        scenes: The cases.
        published: What protected people publish in each case.
        lessons: Protected photos of the people who are set aside.
        defences: What the tracker does against it, nothing first.
        crops: Looks at photos.
        keys: The key to what is published in each case; empty where nobody is given one.
    """

    settings: TrainSettings
    bench: Workbench
    split: TrainSplit
    set_aside: People
    scenes: Sequence[Scene]
    published: Mapping[TrainCase, Published]
    lessons: Published
    defences: Sequence[TrainingDefence]
    crops: TrainCrops
    keys: Mapping[TrainCase, AuthorisedKey]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What victims are trained on, `CLEAN` first."""
        return (CLEAN, PROTECTED) if self.settings.protects else (CLEAN,)

    def training_photos(self, scene: Scene, kind: str) -> list[DataPhoto]:
        """What a tracker finds of the people it trains on: of protected people, what they publish alone."""
        if kind == CLEAN:
            return self.split.trained(scene.trained)
        published = self.published[scene.case]
        found: list[DataPhoto] = []
        for person in scene.trained:
            photos = self.split.train[person]
            found += published.versions(photos) if person in scene.protected else photos
        return found

    def test_photos(self, scene: Scene) -> list[DataPhoto]:
        """The clean photos a victim is tested on."""
        if scene.kept_out:
            return self.split.trained(scene.kept_out) + self.split.tested(scene.kept_out)
        return self.split.tested(scene.trained)

    def protected_photos(self, scene: Scene) -> list[ProtectedPhoto]:
        """The training photos whose protected version can be read, each with the face that is trained on."""
        published = self.published[scene.case]
        photos = [photo for photo in self.split.trained(scene.protected) if photo.name in published.photos]
        before = self.crops.look(photos, UNEDITED)
        after = self.crops.look(published.versions(photos), UNEDITED)
        return [
            replace(published.photos[clean.photo.name], boxes=(clean.face.box,))
            for clean, protected in zip(before, after, strict=True)
            if clean.face is not None and protected.obstacle is not Obstacle.UNREADABLE
        ]


def put_together(
    settings: TrainSettings, bench: Workbench, validation: Validation, guard: Guard[Any] | None
) -> TrainParts:
    """Decides who is who in each case, and protects their photos.

    Raises:
        SettingsError: There are too few people or photos, or a defence or the key cannot be had.
        FaceguardError: A photo could not be protected.
    """
    defences = [NONE, *(parse(name) for name in dict.fromkeys(settings.defences) if name != NONE.name)]
    usable = {sighting.photo.name for sighting in validation.seen}
    split = train_split(validation.found, usable, settings.train_photos)
    set_aside = _set_aside(settings, split, defences)
    versions: Mapping[str, DataPhoto] = {}
    protectable = frozenset(range(len(split.people)))
    if settings.protected is not None:
        versions = versions_by_any_tool(settings, split)
        protectable = protectable_people(split, versions)
    cases = scenes(settings, split, set_aside, protectable)

    def publish(people: People, with_tests: bool = False) -> Published:
        if not people or not settings.protects:
            return NOTHING
        if settings.crafting is None:
            return by_any_tool(split, people, versions, with_tests)
        return by_this_tool(settings, split, people, bench, guard, with_tests)

    published = {scene.case: publish(scene.protected) for scene in cases}
    lessons = publish(set_aside, with_tests=True)
    keys = {case: key_to(settings, its) for case, its in published.items()} if settings.key else {}
    return TrainParts(
        settings, bench, split, set_aside, cases, published, lessons, defences, TrainCrops(bench), keys
    )


def _set_aside(settings: TrainSettings, split: TrainSplit, defences: Sequence[TrainingDefence]) -> People:
    """Whom a purifier learns from: people who take no part otherwise."""
    if not any(defence.purifies for defence in defences):
        return ()
    if not settings.protects:
        raise SettingsError("a purifier learns from protected photos; name what protects them")
    if settings.learning_people > len(split.people) - 2:
        raise SettingsError(
            f"{settings.learning_people} of {len(split.people)} people set aside for a purifier leave too "
            "few to train on; set fewer aside"
        )
    return evenly(settings.learning_people, tuple(range(len(split.people))))
