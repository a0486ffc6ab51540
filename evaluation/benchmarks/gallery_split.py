"""Who is enrolled with which photos: each person's first photos by name, the others being probes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evaluation.datasets.dataset import DataPhoto, Dataset
from evaluation.trackers.sighting import Sighting
from faceguard.errors import SettingsError

Photos = tuple[DataPhoto, ...]


@dataclass(frozen=True)
class GallerySplit:
    """People's photos, divided.

    Attributes:
        people: Their names; a person's number is their place.
        gallery: For each person, the photos they are enrolled with.
        probes: For each person, the others.
    """

    people: tuple[str, ...]
    gallery: tuple[Photos, ...]
    probes: tuple[Photos, ...]


def gallery_split(dataset: Dataset, gallery_photos: int | None = None) -> GallerySplit:
    """Divides each person's photos by name: the first ones, or the first half, and the others.

    Args:
        dataset: The data, as they were found: what cannot be used later does not move the line.
        gallery_photos: How many are in the gallery; None for half of them.

    Raises:
        SettingsError: The data are a pack of pairs, or fewer than two people have photos on both sides.
    """
    if dataset.aligned:
        raise SettingsError(f"{dataset.root}: packs do not say who is who, so nobody can be enrolled")
    divided = {
        person: _divided(photos, gallery_photos)
        for person, photos in dataset.people.items()
        if len(photos) > (gallery_photos or 1)
    }
    if len(divided) < 2:
        needed = (gallery_photos or 1) + 1
        raise SettingsError(
            f"{dataset.root}: {len(divided)} people have {needed} photos or more; two or more people must, "
            "for a gallery and for probes"
        )
    gallery, probes = zip(*divided.values(), strict=True)
    return GallerySplit(tuple(divided), gallery, probes)


def check_usable(split: GallerySplit, people: Iterable[int], seen: Iterable[Sighting]) -> None:
    """Refuses data in which nobody of some people can be both enrolled and looked for.

    Args:
        split: Who is enrolled with which photos.
        people: The numbers of the people.
        seen: The photos that can be used.

    Raises:
        SettingsError: There is nobody.
    """
    usable = {sighting.photo.name for sighting in seen}
    for person in people:
        sides = (split.gallery[person], split.probes[person])
        if all(any(photo.name in usable for photo in side) for side in sides):
            return
    raise SettingsError(
        "nobody to be looked for has a usable photo in the gallery and another one as a probe; "
        "--validate-only says what is wrong with the photos"
    )


def unusable_probes(split: GallerySplit, people: Iterable[int], seen: Iterable[Sighting]) -> list[str]:
    """A sentence about probes that no recogniser is shown; none where there are no such probes.

    Args:
        split: Who is enrolled with which photos.
        people: The numbers of the people whose probes count.
        seen: The photos that can be used.
    """
    usable = {sighting.photo.name for sighting in seen}
    names = [photo.name for person in people for photo in split.probes[person]]
    lost = sum(name not in usable for name in names)
    if not lost:
        return []
    return [f"{lost} of {len(names)} probes are of no use, such as without a face: they count for nothing"]


def _divided(photos: Photos, gallery_photos: int | None) -> tuple[Photos, Photos]:
    line = gallery_photos or len(photos) // 2
    return photos[:line], photos[line:]
