"""What perturbs. Adding a method is one new file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faceguard.errors import SettingsError

if TYPE_CHECKING:
    from faceguard.methods.cloak import FeatureCloak

_METHODS = ("cloak",)


def available() -> list[str]:
    """The names a person can type after `--method`."""
    return list(_METHODS)


def load(name: str, epsilon: float) -> FeatureCloak:
    """A method with its usual settings and a budget of epsilon steps of 255.

    Raises:
        SettingsError: No method has that name.
    """
    if name != "cloak":
        raise SettingsError(f"no method {name!r}; there are {', '.join(available())}")
    from faceguard.methods.cloak import usual_cloak

    return usual_cloak(epsilon)
