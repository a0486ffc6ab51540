"""Settings that are functions, which are told how far the work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from faceguard.errors import SettingsError

_Callback = TypeVar("_Callback", bound=Callable[..., None])


def callback_of(name: str, value: _Callback | None) -> _Callback | None:
    """A setting as a function, or None: the work must not come to its first call to find that it is none.

    Args:
        name: What the setting is called.
        value: What a caller gave.

    Raises:
        SettingsError: It cannot be called.

    Examples:
        >>> callback_of("progress", None), callback_of("progress", print) is print
        (None, True)
    """
    if value is not None and not callable(value):
        raise SettingsError(f"{name} is a function to call, or None, not {value!r}")
    return value
