"""Settings that are whole numbers."""

from __future__ import annotations

from operator import index

from faceguard.errors import SettingsError


def whole_number(name: str, value: int, least: int) -> int:
    """A setting as a plain `int`.

    Args:
        name: What the setting is called.
        value: What a caller gave; NumPy's whole numbers will do.
        least: The smallest that makes sense.

    Raises:
        SettingsError: It is none, or smaller.

    Examples:
        >>> whole_number("seed", 3, least=0)
        3
    """
    try:
        number = index(value)
    except TypeError as error:
        raise SettingsError(f"{name} is a whole number, not {value!r}") from error
    if number < least:
        raise SettingsError(f"{name} must be at least {least}, not {number}")
    return number
