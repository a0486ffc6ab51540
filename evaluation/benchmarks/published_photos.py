"""What users publish: photos that this tool protects, or that any tool has protected already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.benchmarks.counterparts import counterparts
from evaluation.benchmarks.enroll_settings import EnrollSettings
from evaluation.benchmarks.gallery_split import GallerySplit, Photos
from evaluation.benchmarks.guards import described, guard_of
from evaluation.benchmarks.protecting import Cost, ProtectedPhoto, crafting_key, protect_albums
from evaluation.benchmarks.workbench import Workbench
from evaluation.datasets.dataset import DataPhoto
from evaluation.results import Json
from faceguard.album.guard import Guard
from faceguard.errors import SettingsError


@dataclass(frozen=True)
class Published:
    """What is published instead of people's photos.

    Attributes:
        photos: Photo name -> what became of it.
        users: The numbers of the people whose photos are protected.
        settings: How they were protected, as JSON values.
        surrogates: The recognisers they were crafted on; empty where that is not known.
        cost: What protecting them took.
        remarks: What else should be known, in sentences.
    """

    photos: Mapping[str, ProtectedPhoto]
    users: tuple[int, ...]
    settings: Mapping[str, Json]
    surrogates: tuple[str, ...]
    cost: Cost = field(default_factory=Cost)
    remarks: tuple[str, ...] = ()

    def versions(self, photos: Sequence[DataPhoto]) -> list[DataPhoto]:
        """The published versions of photos; those that have none are left out."""
        return [self.photos[photo.name].written for photo in photos if photo.name in self.photos]


def used_in_crafting(recognizer: str, surrogates: Sequence[str]) -> bool:
    """Whether a recogniser, or a member of an ensemble such as "dlib+onnx:PATH", was crafted on."""
    crafted_on = {member for surrogate in surrogates for member in surrogate.split("+")}
    return not crafted_on.isdisjoint(recognizer.split("+"))


def every_so_many(people: int, every: int) -> tuple[int, ...]:
    """The numbers of every so-manieth person, from the first."""
    return tuple(range(0, people, every))


def by_this_tool(
    settings: EnrollSettings,
    split: GallerySplit,
    usable: Mapping[str, object],
    bench: Workbench,
    users: tuple[int, ...],
    learners: Sequence[int],
    guard: Guard[Any] | None = None,
) -> Published:
    """Protects the users' gallery photos, each user's as one album, and what else the settings need.

    Args:
        settings: What the benchmark is told.
        split: Who is enrolled with which photos.
        usable: The photos that can be used, by name.
        bench: The tracker.
        users: The numbers of the protected people; where a case asks for it, their probes are protected too,
            as albums of their own.
        learners: The numbers of people whose probes are protected for learned defenders.
        guard: What protects; None for what the settings say.
    """
    guard = guard or guard_of(settings.crafting, settings.tracker.device)
    with_probes = any(case.protected_probes for case in settings.cases)
    albums = {f"{split.people[user]}/gallery": split.gallery[user] for user in users}
    for person in [*(users if with_probes else ()), *learners]:
        albums[f"{split.people[person]}/probes"] = split.probes[person]
    kept = {name: _usable(album, usable) for name, album in albums.items()}
    key = crafting_key(guard.settings_key, settings.crafting.surrogates)
    protection = protect_albums(
        guard,
        {name: album for name, album in kept.items() if album},
        settings.output / "protected" / key,
        bench.progress,
    )
    how = {"crafting": key, **described(guard)}
    return Published(protection.photos, users, how, settings.crafting.surrogates, protection.cost)


def by_any_tool(settings: EnrollSettings, split: GallerySplit) -> Published:
    """Finds the versions that some tool has made; whoever has one in the gallery is a user.

    Raises:
        SettingsError: There are none.
    """
    assert settings.protected is not None
    everything = [photo for photos in (*split.gallery, *split.probes) for photo in photos]
    versions = counterparts(everything, settings.protected, settings.suffix)
    users = tuple(
        person
        for person, photos in enumerate(split.gallery)
        if any(photo.name in versions for photo in photos)
    )
    if not users:
        raise SettingsError(f"{settings.protected}: no protected version of any photo of the gallery")
    lacking = sum(photo.name not in versions for user in users for photo in split.gallery[user])
    remark = f"{lacking} gallery photos of users have no protected version: they are not enrolled"
    photos = {
        photo.name: ProtectedPhoto(photo, versions[photo.name], ())
        for photo in everything
        if photo.name in versions
    }
    how = {"protected_by": "another tool"}
    return Published(photos, users, how, (), remarks=(remark,) if lacking else ())


def _usable(photos: Photos, usable: Mapping[str, object]) -> Photos:
    return tuple(photo for photo in photos if photo.name in usable)
