"""Protects whole albums, one written file at a time, going on where an earlier run stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from faceguard.album.guard import Guard, People
from faceguard.album.output_lock import OutputLock
from faceguard.album.progress import Progress
from faceguard.album.run import AlbumRun
from faceguard.album.work import BATCH_FACES, AlbumWork
from faceguard.cancel import CancelToken, token_of
from faceguard.errors import PhotoError, SettingsError
from faceguard.photos import (
    DEFAULT_MAX_PIXELS,
    MANIFEST_NAME,
    Album,
    AlbumPhoto,
    Manifest,
    MetadataPolicy,
    find_photos,
    remove_leftovers,
)
from faceguard.photos.metadata_policy import policy_of
from faceguard.settings.callbacks import callback_of
from faceguard.settings.paths import path_of
from faceguard.settings.whole_numbers import whole_number
from recognizers.system_errors import reason_of


def protect_album(
    guard: Guard[People],
    inputs: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    metadata: MetadataPolicy = MetadataPolicy.KEEP,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    batch_faces: int = BATCH_FACES,
    progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> AlbumRun[People]:
    """Protects all photos below some paths into a folder; iterate over the run to make it happen.

    A run that is stopped, by whatever means, leaves complete files only; the same call again goes on with
    the photos that are left, and comes to the same files. A photo that cannot be protected does not stop the
    others: it has no file in the output folder, not even one from an earlier run. A photo without a face is
    copied as it is, and so is one of whose faces none is to be protected.

    Several runs may go on at once, with one guard too, as long as each writes into a folder of its own, and
    none into a folder inside another's: a run has its folder to itself until it has come to its end, or is
    dropped.

    Args:
        guard: What protects the photos, such as a `faceguard.Protector`.
        inputs: Files and folders.
        output: The folder the protected photos go to, made where it is missing.
        metadata: What becomes of the photos' metadata.
        max_pixels: The largest photo to accept, in pixels (width × height).
        batch_faces: About how many faces are protected together.
        progress: Called before each photo and at the end of each phase, in the caller's thread.
        cancel: Stops the run from another thread: iterating then raises `Cancelled`.

    Returns:
        The run: an iterator over one outcome for each photo, in the order in which they are finished.

    Raises:
        SettingsError: A setting cannot be used, an input does not exist or holds no photo, input and output
            overlap, the output folder cannot be written to, another run is writing into it or into one
            around or inside it, or it holds files of the photos' names that no earlier run wrote.
    """
    batch_faces = whole_number("batch_faces", batch_faces, least=1)
    max_pixels = whole_number("max_pixels", max_pixels, least=1)
    metadata = policy_of(metadata)
    progress, cancel = callback_of("progress", progress), token_of(cancel)
    paths = _paths(inputs)
    output = path_of("output", output)
    album = find_photos(paths, output)
    if not album.photos:
        raise SettingsError(_no_photos(paths, album))
    _refuse_replacing(album.photos, output)
    lock = _locked(output)
    try:
        # The guard knows nothing of metadata, but a file that holds them does not do for one without.
        manifest = Manifest(output, f"{guard.settings_key}:{metadata.value}")
        manifest.begin()  # at once, as runs into folders around and inside this one know it by that
    except PhotoError as error:
        raise SettingsError(str(error)) from error
    remove_leftovers(output)
    work = AlbumWork(guard, album.photos, manifest, metadata, max_pixels, batch_faces, progress, cancel)
    return AlbumRun(work, lock, album.left_out)


def _paths(inputs: str | Path | Sequence[str | Path]) -> list[Path]:
    given = inputs if isinstance(inputs, Iterable) and not isinstance(inputs, str | bytes) else [inputs]
    return [path_of("a photo or folder to protect", path) for path in given]


def _no_photos(paths: Sequence[Path], album: Album) -> str:
    where = ", ".join(str(path) for path in paths)
    if not where:
        return "no photos: name files or folders"
    if not album.left_out:
        return f"no photos in {where}: there are no files"
    first = album.left_out[0]
    others = f" and {len(album.left_out) - 1} more" if len(album.left_out) > 1 else ""
    return f"no photos in {where}: there is {first.path.name} ({first.reason}){others}"


def _refuse_replacing(photos: Sequence[AlbumPhoto], output: Path) -> None:
    """Refuses to replace files that are nobody's copies, such as another album's originals.

    Raises:
        SettingsError: A photo would replace a file in a folder that no run has written into.
    """
    if (output / MANIFEST_NAME).exists():
        return
    for photo in photos:
        place = output / photo.relative
        if place.exists():
            raise SettingsError(
                f"{place} would be replaced, and no {MANIFEST_NAME} says that faceguard wrote it: choose "
                "another output folder, or move the file away"
            )


def _locked(output: Path) -> OutputLock:
    """Makes the output folder, if it is not there, and keeps others out of it.

    Raises:
        SettingsError: It cannot be written to, or another run is writing there.
    """
    new = not output.exists()
    _make_writable(output)
    try:
        return OutputLock(output)
    except SettingsError:
        if new:
            with suppress(OSError):  # whoever is writing there may have put something in
                output.rmdir()
        raise


def _make_writable(output: Path) -> None:
    """Makes the output folder and writes a nameless file into it.

    Raises:
        SettingsError: One of the two does not work.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output) as file:
            file.write(b"faceguard")
    except OSError as error:
        raise SettingsError(f"cannot write to the output folder {output}: {reason_of(error)}") from error
