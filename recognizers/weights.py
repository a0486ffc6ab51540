"""Weights files: where they lie, and that they are what they should be."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from recognizers.errors import RecognizerError


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, expected: str, remedy: str) -> None:
    """Checks that a weights file is there and unaltered.

    Args:
        path: The file.
        expected: Its SHA-256, in hexadecimal.
        remedy: What a person should do when it is missing or different.

    Raises:
        RecognizerError: It is missing, unreadable or different.
    """
    try:
        found = sha256(path)
    except OSError as error:
        raise RecognizerError(f"{path}: {error.strerror or error}. {remedy}") from error
    if found != expected:
        raise RecognizerError(f"{path}: its SHA-256 is {found}, not {expected}. {remedy}")


def packaged_file(package: str, relative: str, remedy: str) -> Path:
    """The path of a data file inside an installed package, found without importing the package.

    Importing can fail where the file itself is fine: `face_recognition_models` asks for `pkg_resources`,
    which new setuptools no longer has.

    Raises:
        RecognizerError: The package is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise RecognizerError(f"the package {package} is not installed. {remedy}")
    return Path(found.submodule_search_locations[0]) / relative
