"""The photos that people publish and a victim is trained on: protected by this tool, or by any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.benchmarks.counterparts import counterparts
from evaluation.benchmarks.guards import described
from evaluation.benchmarks.protecting import (
    ProtectedPhoto,
    crafting_key,
    protect_albums,
    protect_together,
)
from evaluation.benchmarks.published_photos import Published
from evaluation.benchmarks.train_guard import train_guard
from evaluation.benchmarks.train_scenes import People
from evaluation.benchmarks.train_settings import TrainSettings
from evaluation.benchmarks.train_split import TrainSplit
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.dataset import DataPhoto
from faceguard import methods
from faceguard.album.guard import Guard
from faceguard.joint_protector import JointProtector
from faceguard.methods.key_file import KEY_NAME

NOTHING = Published({}, (), {}, ())


def by_this_tool(
    settings: TrainSettings,
    split: TrainSplit,
    people: People,
    bench: Workbench,
    guard: Guard[Any] | None = None,
    with_tests: bool = False,
) -> Published:
    """Protects people's training photos: a cloak each person's as one album, a poison all of them together.

    Args:
        settings: What the benchmark is told.
        split: Who has which photos.
        people: The numbers of the protected people.
        bench: The tracker.
        guard: What protects; None for what the settings say.
        with_tests: Whether these people's other photos are protected too.

    Raises:
        SettingsError: A setting of the protection cannot be used.
        FaceguardError: A photo could not be protected.
    """
    crafting = settings.crafting
    assert crafting is not None
    albums = {person: list(split.train[person]) for person in people}
    if with_tests:
        albums = {person: [*photos, *split.test[person]] for person, photos in albums.items()}
    photos = [photo for album in albums.values() for photo in album]
    together = methods.needs_album(crafting.method)
    guard = guard or train_guard(crafting, photos, settings.tracker.device, bench.progress)
    surrogates = () if together else crafting.surrogates
    key = crafting_key(guard.settings_key, surrogates)
    folder = folder_of(settings, key)
    if isinstance(guard, JointProtector):
        guard = guard.keeping_key(folder / KEY_NAME)
    if together:
        protection = protect_together(guard, photos, folder, bench.progress)
    else:
        part = "all" if with_tests else "train"
        named = {f"{split.people[person]}/{part}": album for person, album in albums.items()}
        protection = protect_albums(guard, named, folder, bench.progress)
    remark = (
        f"{crafting.method} is made against enrolment, where a recogniser is not trained on the photos: what "
        "it does against training is a by-product"
    )
    return Published(
        protection.photos,
        people,
        {"crafting": key, **described(guard)},
        surrogates,
        protection.cost,
        () if together else (remark,),
    )


def folder_of(settings: TrainSettings, crafting: str) -> Path:
    """Where the photos go that are protected here, by the key of their crafting."""
    return settings.output / "protected" / crafting


def versions_by_any_tool(settings: TrainSettings, split: TrainSplit) -> Mapping[str, DataPhoto]:
    """Photo name -> the version that some tool has made.

    Raises:
        SettingsError: There are none.
    """
    assert settings.protected is not None
    photos = [photo for photos in (*split.train, *split.test) for photo in photos]
    return counterparts(photos, settings.protected, settings.suffix)


def protectable_people(split: TrainSplit, versions: Mapping[str, DataPhoto]) -> frozenset[int]:
    """The numbers of the people who have a version of a training photo."""
    return frozenset(
        person for person, photos in enumerate(split.train) if any(photo.name in versions for photo in photos)
    )


def by_any_tool(
    split: TrainSplit, people: People, versions: Mapping[str, DataPhoto], with_tests: bool = False
) -> Published:
    """The versions of people's training photos, and of their other photos too where these are wanted."""
    wanted = [*split.trained(people), *(split.tested(people) if with_tests else ())]
    photos = {
        photo.name: ProtectedPhoto(photo, versions[photo.name], ())
        for photo in wanted
        if photo.name in versions
    }
    lacking = sum(photo.name not in photos for photo in split.trained(people))
    remark = f"{lacking} training photos of protected people have no protected version: not trained on"
    how = {"protected_by": "another tool"}
    return Published(photos, people, how, (), remarks=(remark,) if lacking else ())
