"""Photos of other people, which are only looked at: they show what faces in general look like.

What all faces have is of no use to a cloak. The strangers that come with faceguard show it roughly, and the
other people of an album better; but an album may show one person alone. In photos of others, from wherever,
the same can be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import torch

from faceguard.engine.sight import views
from faceguard.errors import PhotoError, SettingsError
from faceguard.faces.detector import Detector
from faceguard.photos import list_photos, read_photo
from faceguard.settings.key import key_of
from faceguard.settings.paths import path_of
from recognizers import Recognizer, Views

_MOST = 200  # faces; more hardly change what they have in common


@dataclass(frozen=True, eq=False)
class Others:
    """The faces on photos of other people.

    Attributes:
        seen: What each surrogate makes of a photo's faces, for each photo that shows any.
        key: A short hash of these photos' content: equal keys mean equal faces.
        unread: Why photos were passed over that cannot be read.
    """

    seen: Sequence[Sequence[Views]]
    key: str
    unread: Sequence[PhotoError]


def look_at_others(
    paths: Collection[str | PathLike[str]],
    detector: Detector,
    surrogates: Sequence[Recognizer],
    device: torch.device,
) -> Others:
    """Looks at photos of other people, until 200 faces are seen.

    Args:
        paths: Photos, and folders with all below, in the order in which they are looked at.
        detector: What finds the faces.
        surrogates: The recognisers whose views of them are wanted.
        device: Where they run.

    Raises:
        SettingsError: It is no list of paths, one does not exist, or no photo shows a face.
    """
    if isinstance(paths, str | bytes | PathLike) or not isinstance(paths, Collection):
        raise SettingsError(f"others are a list of photos and folders, such as ['friends'], not {paths!r}")
    seen, digests, unread, faces = [], [], [], 0
    for path in _photos(paths):
        try:
            photo = read_photo(path)
        except PhotoError as error:
            unread.append(error)
            continue
        (found,) = detector.detect([photo.pixels])
        found = found[: _MOST - faces]
        if not found:
            continue
        seen.append([views(photo.pixels, found, surrogate, device) for surrogate in surrogates])
        digests.append(photo.sha256)
        faces += len(found)
        if faces == _MOST:
            break
    if not seen:
        named = ", ".join(str(path) for path in paths)
        why = f"; {len(unread)} cannot be read, the first: {unread[0]}" if unread else ""
        raise SettingsError(f"no face found on the photos of others ({named}): name others{why}")
    return Others(seen, key_of({"photos": digests}), unread)


def _photos(paths: Collection[str | PathLike[str]]) -> Iterator[Path]:
    for path in paths:
        yield from (photo.source for photo in list_photos(path_of("others", path)).photos)
