"""`faceguard models`: recognisers and detectors, and their weights."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from faceguard.cli.console import message, say
from faceguard.errors import FaceguardError, SettingsError
from faceguard.text.printable import printable
from recognizers import available, weights_cache
from recognizers.catalogue import MODELS, Model, PackagedFile, PublishedFile
from recognizers.errors import RecognizerError
from recognizers.weights_cache import State


def show(arguments: argparse.Namespace) -> int:
    """Lists what has a name of its own.

    Returns:
        The exit status, 0.
    """
    folder = weights_cache.cache_folder(arguments.cache)
    if arguments.json:
        models = [_facts(model, arguments.cache) for model in MODELS.values()]
        say(json.dumps({"cache": str(folder), "models": models}, indent=2))
        return 0
    width = max(map(len, MODELS))
    for model in MODELS.values():
        state = weights_cache.state(model, arguments.cache)
        say(f"{model.name:{width}}  {state.value:8}  {_kind(model)}, {_size(model)}")
        say(f"  {model.description}")
        say(f"  licence: {_licence(model)}")
        say(f"  from: {_source(model)}")
    others = ", ".join(name for name in available() if name not in MODELS)
    say()
    say(f"Cache folder: {printable(str(folder))}")
    say(f"Recognisers besides these: {others}")
    say("To fetch weights: faceguard models fetch NAME")
    return 0


def fetch(arguments: argparse.Namespace) -> int:
    """Fetches weights.

    Returns:
        The exit status: 0, 1 when a person says no, 130 when stopped by Ctrl-C.

    Raises:
        SettingsError: A name is unknown, or there is nobody to ask.
        FaceguardError: They cannot be fetched.
    """
    wanted = [_find(name) for name in dict.fromkeys(arguments.names)]
    return max(_fetch(model, arguments.cache, arguments.yes) for model in wanted)


def take_over(arguments: argparse.Namespace) -> int:
    """Imports weights that were fetched by hand.

    Returns:
        The exit status, 0.

    Raises:
        SettingsError: The name is unknown.
        FaceguardError: They are not what they should be, or cannot be written.
    """
    model = _find(arguments.name)
    try:
        path = weights_cache.import_file(model.name, arguments.file, arguments.cache)
    except RecognizerError as error:
        raise FaceguardError(str(error)) from error
    say(f"{model.name}: imported into {printable(str(path))}")
    say(f"Its licence: {_licence(model)}")
    _tell_where(arguments.cache)
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Checks weights.

    Returns:
        The exit status: 0, 1 when some are altered or a named one is missing.

    Raises:
        SettingsError: A name is unknown.
    """
    models = [_find(name) for name in arguments.names] or list(MODELS.values())
    status = 0
    for model in models:
        if not arguments.names and weights_cache.state(model, arguments.cache) is State.MISSING:
            say(f"{model.name}: missing")
            continue
        try:
            weights_cache.checked_weights(model.name, arguments.cache)
            say(f"{model.name}: sound")
        except RecognizerError as error:
            message(f"error: {error}")
            status = 1
    return status


def _fetch(model: Model, folder: Path | None, accepted: bool) -> int:
    if not isinstance(model.weights, PublishedFile):
        say(f"{model.name}: built in, nothing to fetch")
        return 0
    try:
        path = weights_cache.checked_weights(model.name, folder)
    except RecognizerError:
        pass
    else:
        say(f"{model.name}: here already, {printable(str(path))}")
        return 0
    message(f"{model.name}: {model.description}")
    message(f"licence: {_licence(model)}")
    message(f"from: {model.weights.download.url} ({_megabytes(model.weights.download.size)})")
    if not accepted and not _agreed(model):
        message("nothing fetched")
        return 1
    from faceguard.cli.download_bar import download_bar

    try:
        with download_bar() as progress:
            path = weights_cache.fetch(model.name, folder, progress)
    except KeyboardInterrupt:
        message("stopped; run the same command again to go on")
        return 130
    except RecognizerError as error:
        raise FaceguardError(str(error)) from error
    say(f"{model.name}: fetched into {printable(str(path))}")
    _tell_where(folder)
    return 0


def _tell_where(folder: Path | None) -> None:
    """Says what makes the other commands look into a cache folder that is not the usual one."""
    if folder is not None and folder != weights_cache.cache_folder():
        message(f"to use it, set the environment variable {weights_cache.VARIABLE}={folder}")


def _agreed(model: Model) -> bool:
    if not sys.stdin.isatty():
        raise SettingsError(f"{model.name}: nobody to ask here; accept its licence with --yes")
    use = "Fetch it, for non-commercial research only?" if model.non_commercial else "Fetch it?"
    print(f"{use} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _find(name: str) -> Model:
    try:
        return weights_cache.find(name)
    except RecognizerError as error:
        raise SettingsError(str(error)) from error


def _kind(model: Model) -> str:
    if model.detects:
        return "detector"
    return "differentiable" if model.differentiable else "not differentiable"


def _licence(model: Model) -> str:
    """The licence; where it is a non-commercial one, in words that nobody overlooks."""
    warning = ". You may not use it commercially" if model.non_commercial else ""
    return f"{model.licence}{warning}"


def _source(model: Model) -> str:
    file = model.weights
    if isinstance(file, PackagedFile):
        return f"{file.url}, in the package {file.package}"
    return file.download.url


def _size(model: Model) -> str:
    file = model.weights
    if isinstance(file, PublishedFile) and file.archived:
        return f"{_megabytes(file.size)} (fetched in {_megabytes(file.download.size)})"
    return _megabytes(file.size)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.{1 if size < 10e6 else 0}f} MB"


def _facts(model: Model, folder: Path | None) -> dict[str, object]:
    """What is known of a model, for programs; sizes in bytes."""
    file = model.weights
    try:
        path: str | None = str(weights_cache.weights_path(model, folder))
    except RecognizerError:
        path = None
    return {
        "name": model.name,
        "description": model.description,
        "kind": "detector" if model.detects else "recogniser",
        "licence": model.licence,
        "non_commercial": model.non_commercial,
        "differentiable": model.differentiable,
        "state": weights_cache.state(model, folder).value,
        "path": path,
        "size": file.size,
        "sha256": file.sha256,
        "url": file.download.url if isinstance(file, PublishedFile) else file.url,
        "download_size": file.download.size if isinstance(file, PublishedFile) else 0,
    }
