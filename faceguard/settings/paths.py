"""Settings that are paths."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from faceguard.errors import SettingsError


def path_of(name: str, value: str | PathLike[str]) -> Path:
    """A setting as a path.

    Args:
        name: What the setting is called.
        value: What a caller gave.

    Raises:
        SettingsError: It is none, or empty: an unset variable would mean the current folder.

    Examples:
        >>> path_of("output", "protected").name
        'protected'
    """
    if not isinstance(value, str | PathLike):
        raise SettingsError(f"{name} is a path, not {value!r}")
    if value == "":
        raise SettingsError(f"{name} is an empty path; '.' is this folder")
    return Path(value)
