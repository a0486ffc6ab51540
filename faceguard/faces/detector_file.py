"""What the detectors that come as a file of their own say when something is wrong with it."""

from __future__ import annotations

from pathlib import Path

from faceguard.errors import SettingsError


def check_file(path: Path, family: str) -> None:
    """Refuses a path without a file.

    Raises:
        SettingsError: There is none.
    """
    if not path.is_file():
        raise SettingsError(f"{path}: no such file; give {family}: the path of its ONNX file")


def unusable(path: Path, family: str, error: Exception) -> SettingsError:
    """The error for a file that a library could not use, with what the library says on one line."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return SettingsError(f"{path}: cannot be used as a {family} detector: {reason}")
