"""What perturbs. Adding a method is one new file and one line here.

Each method answers one of two threats: "enrolment" (cloaks: a tracker puts your photos into the gallery of a
frozen recogniser) or "training" (poisons: a tracker trains a recogniser on your photos).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from faceguard.errors import SettingsError

if TYPE_CHECKING:
    from faceguard.methods.cloak import FeatureCloak
    from faceguard.methods.poison import Poison

Threat = Literal["enrolment", "training"]

_METHODS: dict[str, Threat] = {
    "cloak": "enrolment",
    "clusters": "training",
    "error-minimizing": "training",
    "error-minimizing-classwise": "training",
    "separable": "training",
    "targeted": "training",
}

_UNLABELLED = frozenset({"clusters"})


def available(threat: Threat | None = None) -> list[str]:
    """The names a person can type after `--method`: all, or those that answer one threat."""
    return [name for name, answered in _METHODS.items() if threat in (None, answered)]


def threat_of(name: str) -> Threat:
    """Which threat a method answers.

    Raises:
        SettingsError: No method has that name.
    """
    if name not in _METHODS:
        raise SettingsError(f"no method {name!r}; there are {', '.join(available())}")
    return _METHODS[name]


def needs_labels(name: str) -> bool:
    """Whether a method has to know who each photo shows.

    Raises:
        SettingsError: No method has that name.
    """
    return threat_of(name) == "training" and name not in _UNLABELLED


def load(name: str, epsilon: float) -> FeatureCloak | Poison:
    """A method with its usual settings and a budget of epsilon steps of 255.

    Raises:
        SettingsError: No method has that name.
    """
    return load_cloak(name, epsilon) if threat_of(name) == "enrolment" else load_poison(name, epsilon)


def load_cloak(name: str, epsilon: float) -> FeatureCloak:
    """The same for the enrolment threat.

    Raises:
        SettingsError: No cloak has that name.
    """
    if threat_of(name) != "enrolment":
        raise SettingsError(
            f"{name} is against training, not against enrolment; it needs to know who each photo shows: use "
            "faceguard.poisoner.Poisoner (on the command line: --labels)"
        )
    from faceguard.methods.cloak import usual_cloak

    return usual_cloak(epsilon)


def load_poison(name: str, epsilon: float) -> Poison:
    """The same for the training threat.

    Raises:
        SettingsError: No poison has that name.
    """
    if threat_of(name) != "training":
        raise SettingsError(f"{name} is against enrolment, not against training; it takes no labels")
    from faceguard.methods.poison import usual_poison

    return usual_poison(name, epsilon)
