"""The folder of fetched weights: what lies there, how it comes there, and that it is what it should be.

Loading a recogniser never fetches anything: `faceguard models fetch NAME` does, when a person asks for it.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from recognizers.catalogue import MODELS, Download, Model, PackagedFile, PublishedFile
from recognizers.download import DownloadError, Progress, download
from recognizers.errors import RecognizerError
from recognizers.system_errors import reason_of
from recognizers.weights import packaged_file, verify
from recognizers.zip_member import extract

VARIABLE = "FACEGUARD_CACHE"
"""The environment variable that names the cache folder."""


class State(Enum):
    """Whether a recogniser's weights are there."""

    BUILT_IN = "built in"
    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


def cache_folder(folder: Path | None = None) -> Path:
    """The cache folder: the one given, else that of FACEGUARD_CACHE, else the system's for this user."""
    if folder is not None:
        return folder.expanduser()
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("faceguard", appauthor=False)


def weights_path(model: Model, folder: Path | None = None) -> Path:
    """Where a recogniser's weights lie, or would.

    Raises:
        RecognizerError: They belong to a package that is not installed.
    """
    file = model.weights
    if isinstance(file, PackagedFile):
        return packaged_file(file.package, file.path, _remedy(model, folder))
    return cache_folder(folder) / "weights" / file.name


def state(model: Model, folder: Path | None = None) -> State:
    """Whether a recogniser's weights are there, at a glance: by their size, without reading them."""
    try:
        size = weights_path(model, folder).stat().st_size
    except (OSError, RecognizerError):
        return State.MISSING
    if size != model.weights.size:
        return State.DAMAGED
    return State.BUILT_IN if isinstance(model.weights, PackagedFile) else State.PRESENT


def checked_weights(name: str, folder: Path | None = None) -> Path:
    """The path of a recogniser's weights, read and compared with their SHA-256.

    Raises:
        RecognizerError: They are missing or altered; the message says how to get them.
    """
    model = find(name)
    path = weights_path(model, folder)
    if isinstance(model.weights, PublishedFile) and not path.exists():
        raise RecognizerError(f"{name}: its weights are not here. {_remedy(model, folder)}")
    verify(path, model.weights.sha256, _remedy(model, folder))
    return path


def fetch(name: str, folder: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetches a recogniser's weights into the cache folder; where they are already, nothing is fetched.

    Of a pack, all that the catalogue names is kept.

    Args:
        name: The recogniser.
        folder: The cache folder; see `cache_folder`.
        progress: Told how many bytes have come, and of how many.

    Returns:
        Their path.

    Raises:
        DownloadError: They cannot be fetched; the message says how to fetch them by hand.
        RecognizerError: The name is unknown, the weights come with a package, or the folder is of no use.
    """
    model, file = _published(name)
    path = weights_path(model, folder)
    arrived = path.with_name(file.download.name) if file.archived else path
    with _writing(arrived):
        if _sound(file, path):
            return path
        try:
            download(file.download, arrived, progress)
        except DownloadError as error:
            raise DownloadError(f"{error}. {_by_hand(model, folder)}") from error
        if file.archived:
            try:
                for each in _inside(file.download):
                    _unpack(arrived, each, path.with_name(each.name))
            finally:
                arrived.unlink(missing_ok=True)
    return path


def import_file(name: str, source: Path, folder: Path | None = None) -> Path:
    """Takes weights that a person fetched by hand into the cache folder.

    Args:
        name: The recogniser they are for.
        source: The file, or the zip archive it comes in; it stays where it is.
        folder: The cache folder; see `cache_folder`.

    Returns:
        Their path in the cache folder.

    Raises:
        RecognizerError: The file is missing or not the one expected, or the folder is of no use.
    """
    model, file = _published(name)
    if not source.is_file():
        raise RecognizerError(f"{source}: no such file; give the file fetched from {file.download.url}")
    if not os.access(source, os.R_OK):
        raise RecognizerError(f"{source}: cannot be read: permission denied")
    path = weights_path(model, folder)
    # PyTorch's own files are zip archives too.
    packed = file.archived and zipfile.is_zipfile(source)
    with _writing(path.with_name(file.download.name)):
        if packed or source.suffix.lower() == ".zip":
            _unpack(source, file, path)
        else:
            verify(source, file.sha256, f"It is not {file.name} from {file.download.url}.")
            _put(source, file, path)
    return path


def find(name: str) -> Model:
    """The catalogue's entry for a name.

    Raises:
        RecognizerError: There is none.
    """
    if name not in MODELS:
        raise RecognizerError(f"no model {name!r} in the catalogue; there are {', '.join(MODELS)}")
    return MODELS[name]


def _published(name: str) -> tuple[Model, PublishedFile]:
    model = find(name)
    if isinstance(model.weights, PackagedFile):
        raise RecognizerError(
            f"{name}: its weights come with the package {model.weights.package}; there is nothing to fetch"
        )
    return model, model.weights


def _remedy(model: Model, folder: Path | None) -> str:
    if isinstance(model.weights, PackagedFile):
        return f"Install it again: pip install --force-reinstall {model.weights.package}"
    return f"Fetch them: faceguard models fetch {model.name}{_option(folder)}. {_by_hand(model, folder)}"


def _by_hand(model: Model, folder: Path | None) -> str:
    assert isinstance(model.weights, PublishedFile)
    source = model.weights.download
    return (
        f"Without a connection here, fetch {source.url} elsewhere and run: "
        f"faceguard models import {model.name} {source.name}{_option(folder)} "
        f"(it goes into {cache_folder(folder)}, the cache folder)"
    )


def _option(folder: Path | None) -> str:
    return f" --cache {folder}" if folder is not None else ""


def _inside(archive: Download) -> list[PublishedFile]:
    """All that the catalogue knows in an archive: nobody should fetch a pack once for each of its files."""
    files = [model.weights for model in MODELS.values()]
    return [file for file in files if isinstance(file, PublishedFile) and file.download == archive]


def _sound(file: PublishedFile, path: Path) -> bool:
    try:
        verify(path, file.sha256, "")
    except RecognizerError:
        return False
    return True


def _unpack(archive: Path, file: PublishedFile, path: Path) -> None:
    temporary = _temporary(path)
    extract(archive, file.name, file.size, temporary)
    _finish(temporary, file, path)


def _put(source: Path, file: PublishedFile, path: Path) -> None:
    temporary = _temporary(path)
    try:
        shutil.copyfile(source, temporary)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _finish(temporary, file, path)


def _finish(temporary: Path, file: PublishedFile, path: Path) -> None:
    try:
        verify(temporary, file.sha256, f"It is not {file.name} from {file.download.url}.")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """The folder is there, nobody else writes this file, and what the system refuses is said in words."""
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=0):
            yield
    except Timeout as error:
        raise RecognizerError(
            f"{path}: another faceguard is writing it; try again when it is done"
        ) from error
    except OSError as error:
        raise RecognizerError(
            f"{error.filename or path}: cannot be written: {reason_of(error)}; "
            f"choose another cache folder with --cache or {VARIABLE}"
        ) from error
