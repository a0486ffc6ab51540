"""What protects photos in a benchmark, and how results describe it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.results import Json
from faceguard import methods
from faceguard.album.guard import Guard
from faceguard.errors import SettingsError
from faceguard.joint_protector import JointProtector
from faceguard.protector import Protector


def guard_of(crafting: Crafting, device: str) -> Guard[Any]:
    """What protects one person's album against enrolment, if not that alone.

    Raises:
        SettingsError: A setting cannot be used.
    """
    if methods.needs_album(crafting.method) and methods.takes_surrogates(crafting.method):
        if crafting.others:
            raise SettingsError(f"others are for the method cloak: {crafting.method} does not look at them")
        return JointProtector(
            method=crafting.method,
            strength=crafting.strength,
            epsilon=crafting.epsilon,
            surrogates=crafting.surrogates,
            device=device,
            seed=crafting.seed,
        )
    return Protector(
        strength=crafting.strength,
        epsilon=crafting.epsilon,
        method=crafting.method,
        surrogates=crafting.surrogates,
        device=device,
        seed=crafting.seed,
        others=crafting.others,
    )


def described(guard: Guard[Any]) -> dict[str, Json]:
    """A guard's settings as JSON values; empty where it does not tell."""
    found: dict[str, Json] = _json(getattr(guard, "settings", {}))
    return found


def _json(values: Any) -> Any:
    """The same as JSON values; what JSON does not know, in words."""
    if isinstance(values, Mapping):
        return {str(key): _json(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_json(value) for value in values]
    return values if isinstance(values, bool | int | float | str | None) else str(values)
