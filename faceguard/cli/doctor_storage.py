"""What `faceguard doctor` says of models, photo formats and folders."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from faceguard.cli.doctor_finding import Finding, State
from faceguard.cli.doctor_imports import Import
from recognizers.system_errors import reason_of

_LITTLE = 1e9  # bytes: less room does not do for an album or a pack of weights
_NOTHING = 1e8


def model_findings(folder: Path | None) -> Iterator[Finding]:
    """Which weights are here; those that are built in are compared with what they should be.

    Args:
        folder: The cache folder, or None for the usual one.
    """
    from recognizers import weights_cache
    from recognizers.catalogue import MODELS, PackagedFile
    from recognizers.errors import RecognizerError
    from recognizers.weights_cache import State as Weights

    yield _mtcnn()
    option = f" --cache {folder}" if folder is not None else ""
    for model in MODELS.values():
        state = weights_cache.state(model, folder)
        fetch = f"faceguard models fetch {model.name}{option}"
        if isinstance(model.weights, PackagedFile):
            try:
                weights_cache.checked_weights(model.name, folder)
            except RecognizerError as error:
                repair = f"pip install --force-reinstall {model.weights.package}"
                yield Finding("models", model.name, State.BROKEN, str(error), repair)
            else:
                yield Finding("models", model.name, State.FINE, state.value)
        elif state is Weights.DAMAGED:
            yield Finding("models", model.name, State.BROKEN, "damaged: of another size", fetch)
        elif state is Weights.MISSING:
            terms = ", non-commercial research only" if model.non_commercial else ""
            size = model.weights.download.size / 1e6
            text = f"optional, not fetched ({size:,.{1 if size < 10 else 0}f} MB{terms})"
            yield Finding("models", model.name, State.NOTE, text, fetch)
        else:
            yield Finding("models", model.name, State.FINE, state.value)


def _mtcnn() -> Finding:
    """The default detector's weights, which lie in another package."""
    from faceguard.faces.mtcnn_files import MTCNN_FILES, MTCNN_REPAIR, mtcnn_file
    from recognizers.errors import RecognizerError

    try:
        for name in MTCNN_FILES:
            mtcnn_file(name)
    except RecognizerError as error:
        return Finding("models", "mtcnn", State.BROKEN, str(error), MTCNN_REPAIR)
    return Finding("models", "mtcnn", State.FINE, "built in")


def format_findings(pillow: Import | None, heif: Import | None) -> Iterator[Finding]:
    """Which photo formats can be read.

    Args:
        pillow: How importing Pillow went.
        heif: The same for pillow-heif; None where it is not installed.
    """
    if pillow is None or pillow.error is not None:
        yield Finding("photos", "formats", State.NOTE, "cannot be told without Pillow; see above")
        return
    lacking = [name for name in ("jpg", "webp") if not pillow.facts.get(name)]
    if lacking:
        text = f"this Pillow is built without {' and '.join(lacking)}"
        yield Finding("photos", "formats", State.BROKEN, text, "pip install --force-reinstall pillow")
    else:
        yield Finding("photos", "formats", State.FINE, "JPEG, PNG, WebP, TIFF and BMP")
    if pillow.facts.get("avif"):
        yield Finding("photos", "AVIF", State.FINE, "can be read and written")
    else:
        text = "cannot be read: this Pillow is built without it"
        yield Finding("photos", "AVIF", State.NOTE, text, 'pip install --upgrade "pillow>=11.3"')
    if heif is None:
        text = "cannot be read: pillow-heif is not installed (photos from iPhones are HEIC)"
        yield Finding("photos", "HEIC", State.NOTE, text, 'pip install "pillow-heif>=0.18"')
    elif heif.error is not None:
        text = f"cannot be read: pillow-heif cannot be imported: {heif.error}"
        yield Finding("photos", "HEIC", State.BROKEN, text, "pip install --force-reinstall pillow-heif")
    else:
        yield Finding("photos", "HEIC", State.FINE, f"can be read and written (pillow-heif {heif.version})")


def folder_findings(folder: Path | None) -> Iterator[Finding]:
    """Whether the cache folder and the temporary one can be written to, and how much room there is.

    Args:
        folder: The cache folder, or None for the usual one.
    """
    from recognizers.weights_cache import VARIABLE, cache_folder

    yield _folder("cache", cache_folder(folder), f"set {VARIABLE} to a folder you may write to")
    try:
        temporary = Path(tempfile.gettempdir())
    except OSError as error:
        text = f"there is none to write to: {error}"
        yield Finding("folders", "temporary", State.BROKEN, text, "set TMPDIR to a folder you may write to")
        return
    yield _folder("temporary", temporary, "set TMPDIR to a folder you may write to")


def _folder(name: str, folder: Path, remedy: str) -> Finding:
    # Nothing is made here: where the folder is missing, the nearest one above it counts.
    try:
        there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    except OSError as error:
        return Finding("folders", name, State.BROKEN, f"{folder} cannot be used: {reason_of(error)}", remedy)
    problem = _write_problem(there)
    if problem is not None:
        return Finding("folders", name, State.BROKEN, f"{folder} cannot be written to: {problem}", remedy)
    free = shutil.disk_usage(there).free
    room = f"{folder}, {free / 1e9:,.1f} GB free"
    if free < _LITTLE:
        state = State.BROKEN if free < _NOTHING else State.NOTE
        return Finding("folders", name, state, f"{room}, which is little", f"make room, or {remedy}")
    return Finding("folders", name, State.FINE, room)


def _write_problem(there: Path) -> str | None:
    """Why a nameless file cannot be written there; None where it can."""
    if not there.is_dir():
        return f"{there} is a file"
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"faceguard")
    except OSError as error:
        return reason_of(error)
    return None
