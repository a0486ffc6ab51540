"""Finds the photos of an album and where each of them goes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from faceguard.errors import SettingsError
from recognizers.system_errors import reason_of

PHOTO_EXTENSIONS = frozenset(
    {
        *(
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".mpo",
            ".png",
            ".apng",
            ".webp",
            ".tif",
            ".tiff",
            ".bmp",
            ".dib",
        ),
        *(".heic", ".heif", ".hif", ".avif", ".gif"),
    }
)
_IGNORED = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir"})
_OWN_PREFIX = "faceguard-"


@dataclass(frozen=True)
class AlbumPhoto:
    """One photo to protect.

    Attributes:
        source: The file to read.
        relative: Where the protected photo goes, below the output folder.
    """

    source: Path
    relative: Path


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder that is not protected.

    Attributes:
        path: The file or folder.
        reason: Why, in a few words.
        is_folder: It is a folder that cannot be read: nobody knows what photos are in there.
    """

    path: Path
    reason: str
    is_folder: bool = False


@dataclass(frozen=True)
class Album:
    """What was found.

    Attributes:
        photos: Every photo to protect, sorted by ``relative``.
        left_out: Files that are not photos and folders that cannot be read, sorted by path. Hidden files,
            the clutter of operating systems and files faceguard itself writes are not listed.
    """

    photos: list[AlbumPhoto]
    left_out: list[LeftOut]


def find_photos(paths: Sequence[Path], output: Path) -> Album:
    """Lists the photos below some paths, without opening a file.

    A folder is walked with everything below it, also through symbolic links (each folder once), and its
    tree is kept below the output folder. In a folder the extension decides what is a photo; a file that
    is named itself counts as one whatever its extension, and goes straight into the output folder.

    Args:
        paths: Files and folders.
        output: The folder the protected photos go to; it need not exist.

    Returns:
        The photos and what was left out.

    Raises:
        SettingsError: A path does not exist, the output folder is a file, is to be made with a photo's
            name or overlaps with an input folder, a photo would be overwritten, or two photos would go to the
            same place.
    """
    target = output.resolve()
    if target.exists() and not target.is_dir():
        raise SettingsError(f"{output}: the output has to be a folder, and this is a file")
    if not target.exists() and output.suffix.lower() in PHOTO_EXTENSIONS:
        raise SettingsError(
            f"{output}: the output has to be a folder, and this is named like a photo; photos keep their "
            "names in the folder"
        )
    found: dict[str, AlbumPhoto] = {}
    left_out: list[LeftOut] = []
    for path in paths:
        for item in _below(path, output, target):
            if isinstance(item, LeftOut):
                left_out.append(item)
                continue
            place = os.path.normcase(item.relative)
            other = found.setdefault(place, item)
            if other is not item and other.source.resolve() != item.source.resolve():
                raise SettingsError(
                    f"{other.source} and {item.source} would both go to {output / item.relative}: "
                    "name the folder that both lie below, or protect them into different output folders"
                )
    _refuse_overwriting(found.values(), output)
    return Album(
        sorted(found.values(), key=lambda photo: photo.relative.parts),
        sorted(set(left_out), key=lambda item: item.path.parts),
    )


def list_photos(path: Path, without: Path | None = None) -> Album:
    """Lists the photos below one path, without opening a file; see `find_photos`.

    Args:
        path: A file or a folder.
        without: A folder whose photos are none of these, where it lies inside.

    Raises:
        SettingsError: The path does not exist.
    """
    is_folder = _resolved(path).is_dir()
    left_out = None if without is None else without.resolve()
    found = list(_walk(path, left_out)) if is_folder else [AlbumPhoto(path, Path(path.name))]
    photos = [item for item in found if isinstance(item, AlbumPhoto)]
    return Album(
        sorted(photos, key=lambda photo: photo.relative.parts),
        sorted((item for item in found if isinstance(item, LeftOut)), key=lambda item: item.path.parts),
    )


def _below(path: Path, output: Path, target: Path) -> Iterator[AlbumPhoto | LeftOut]:
    resolved = _resolved(path)
    if not resolved.is_dir():
        yield AlbumPhoto(path, Path(path.name))
        return
    if resolved == target or resolved in target.parents or target in resolved.parents:
        raise SettingsError(
            f"the output folder {output} and the input folder {path} overlap: choose an output folder outside"
        )
    yield from _walk(path, target)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise SettingsError(f"{path}: no such file or folder") from error


def _walk(root: Path, target: Path | None) -> Iterator[AlbumPhoto | LeftOut]:
    """Walks a folder, but not below `target`; linked folders come last, so that real ones are found in their
    own place."""
    visited: set[tuple[int, int]] = set()
    waiting = deque([root])
    linked: deque[Path] = deque()
    while waiting or linked:
        folder = waiting.popleft() if waiting else linked.popleft()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in visited or folder.resolve() == target:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield LeftOut(folder, f"folder cannot be read: {reason_of(error)}", is_folder=True)
            continue
        for entry in names:
            path = folder / entry.name
            if _is_ignored(entry.name):
                continue
            kind = _kind(entry)
            if kind == "folder":
                (linked if entry.is_symlink() else waiting).append(path)
            elif kind is None:
                yield LeftOut(path, "neither a file nor a folder")
            elif path.suffix.lower() in PHOTO_EXTENSIONS:
                yield AlbumPhoto(path, path.relative_to(root))
            else:
                yield LeftOut(path, "not a photo")


def _kind(entry: os.DirEntry[str]) -> Literal["folder", "file"] | None:
    """What an entry is or links to; None for broken links, links in circles and devices."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else None
    except OSError:
        return None


def _is_ignored(name: str) -> bool:
    is_own = name.startswith(_OWN_PREFIX) and PurePath(name).suffix.lower() not in PHOTO_EXTENSIONS
    return name.startswith(".") or name in _IGNORED or is_own


def _refuse_overwriting(photos: Iterable[AlbumPhoto], output: Path) -> None:
    """Refuses an album in which a protected photo would replace any of its sources."""
    if not output.exists():
        return
    sources: dict[tuple[int, int], Path] = {}
    photos = list(photos)
    for photo in photos:
        with suppress(OSError):
            status = photo.source.stat()
            sources[status.st_dev, status.st_ino] = photo.source
    for photo in photos:
        with suppress(OSError):
            status = (output / photo.relative).stat()
            if (status.st_dev, status.st_ino) in sources:
                source = sources[status.st_dev, status.st_ino]
                raise SettingsError(
                    f"{source} would be overwritten, as it lies in {output}: choose another output folder"
                )
