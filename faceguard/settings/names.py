"""Settings that are names, or lists of them."""

from __future__ import annotations

from collections.abc import Collection

from faceguard.errors import SettingsError


def name_of(what: str, value: str, example: str) -> str:
    """A setting as a name; whether there is such a thing is another question.

    Args:
        what: What the setting is called.
        value: What a caller gave.
        example: One that would do, for the message.

    Raises:
        SettingsError: It is none.

    Examples:
        >>> name_of("method", "cloak", example="cloak")
        'cloak'
    """
    if not isinstance(value, str):
        raise SettingsError(f"{what} is a name, such as {example!r}, not {value!r}")
    return value


def names_of(what: str, values: Collection[str], example: str) -> tuple[str, ...]:
    """A setting as names; of a single one outside a list, its letters would be taken for names.

    Args:
        what: What the setting is called.
        values: What a caller gave.
        example: A name that would do, for the message.

    Raises:
        SettingsError: It is no list, or one of something else.

    Examples:
        >>> names_of("surrogates", ["dlib"], example="dlib")
        ('dlib',)
    """
    if isinstance(values, str):
        raise SettingsError(f"{what} is a list of names, such as [{values!r}]")
    if not isinstance(values, Collection) or not all(isinstance(value, str) for value in values):
        raise SettingsError(f"{what} is a list of names, such as [{example!r}], not {values!r}")
    return tuple(values)
