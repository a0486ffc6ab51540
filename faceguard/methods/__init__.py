"""What perturbs. Adding a method is one new file and one line here.

There are two threats: "enrolment" (a tracker puts your photos into the gallery of a frozen recogniser; cloaks
answer it) and "training" (a tracker trains a recogniser on your photos; poisons answer it). A method answers
one of them, or spends its budget on "both".
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from faceguard.errors import SettingsError
from faceguard.settings.names import name_of, names_of
from faceguard.settings.strengths import number_of_steps

if TYPE_CHECKING:
    from faceguard.methods.cloak import FeatureCloak
    from faceguard.methods.joint_method import JointMethod

Threat = Literal["enrolment", "training", "both"]


class _Method(NamedTuple):
    """One method.

    Attributes:
        threat: What it answers.
        made_by: "file:what makes it of a budget", with its usual settings; those that are crafted on finished
            recognisers are given their names too.
        labels: Whether it has to know who each photo shows.
    """

    threat: Threat
    made_by: str
    labels: bool = True


_METHODS = {
    "cloak": _Method("enrolment", "cloak:usual_cloak", labels=False),
    "person-mask": _Method("enrolment", "person_mask:PersonMask"),
    "error-minimizing": _Method("training", "error_minimizing:samplewise"),
    "error-minimizing-classwise": _Method("training", "error_minimizing:classwise"),
    "robust-error-minimizing": _Method("training", "robust_error_minimizing:samplewise"),
    "robust-error-minimizing-classwise": _Method("training", "robust_error_minimizing:classwise"),
    "separable": _Method("training", "separable:Separable"),
    "targeted": _Method("training", "targeted:Targeted"),
    "gradient-alignment": _Method("training", "gradient_alignment:GradientAlignment"),
    "gradient-alignment-online": _Method("training", "online_alignment:OnlineAlignment"),
    "clusters": _Method("training", "clusters:Clusters", labels=False),
    "ungeneralizable": _Method("training", "ungeneralizable:Ungeneralizable"),
    "combined": _Method("both", "combined:Combined"),
}


def available(threat: Threat | None = None) -> list[str]:
    """The names a person can type after `--method`: all, or those that answer one threat, if not alone.

    Raises:
        SettingsError: There is no such threat.
    """
    if threat is not None and threat not in get_args(Threat):
        raise SettingsError(f"no threat {threat!r}; there are {', '.join(get_args(Threat))}")
    return [name for name, method in _METHODS.items() if threat is None or method.threat in (threat, "both")]


def threat_of(name: str) -> Threat:
    """Which threat a method answers, or both.

    Raises:
        SettingsError: No method has that name.
    """
    return _method(name).threat


def needs_labels(name: str) -> bool:
    """Whether a method has to know who each photo shows.

    Raises:
        SettingsError: No method has that name.
    """
    return _method(name).labels


def needs_album(name: str) -> bool:
    """Whether all photos have to be there before the first is protected.

    That is so for all methods but cloaks, which `faceguard.Protector` runs; the others are run by
    `faceguard.JointProtector`.

    Raises:
        SettingsError: No method has that name.
    """
    _method(name)
    return name != "cloak"


def takes_surrogates(name: str) -> bool:
    """Whether a method is crafted on finished recognisers.

    Raises:
        SettingsError: No method has that name.
    """
    return threat_of(name) != "training"


def knows_strangers(name: str) -> bool:
    """Whether a method goes by what strangers' faces have in common, see `faceguard.people.strangers`.

    Raises:
        SettingsError: No method has that name.
    """
    _method(name)
    return name in ("cloak", "combined")


def load(name: str, epsilon: float) -> FeatureCloak | JointMethod:
    """A method with its usual settings and a budget of epsilon steps of 255.

    Raises:
        SettingsError: No method has that name, or no budget can be that large.
    """
    return load_joint_method(name, epsilon) if needs_album(name) else load_cloak(name, epsilon)


def load_cloak(name: str, epsilon: float) -> FeatureCloak:
    """The same for methods that protect each photo alone, against enrolment.

    Raises:
        SettingsError: No such method has that name, or no budget can be that large.
    """
    if needs_album(name):
        against = "against training, not against enrolment" if threat_of(name) == "training" else "for albums"
        raise SettingsError(
            f"{name} is {against}; it needs to know who each photo shows: use "
            "faceguard.JointProtector (on the command line: --labels)"
        )
    return cast("FeatureCloak", _made(name, epsilon))


def load_joint_method(name: str, epsilon: float, surrogates: Sequence[str] | None = None) -> JointMethod:
    """The same for methods that craft for whole albums.

    Args:
        name: The method's name.
        epsilon: The budget, in steps of 255.
        surrogates: The recognisers to craft on, by name; None for the usual ones, if it is crafted on any.

    Raises:
        SettingsError: No such method has that name, no budget can be that large, or surrogates are no list of
            names or given for a method that is not crafted on any.
    """
    if not needs_album(name):
        raise SettingsError(f"{name} is against enrolment, not against training; it takes no labels")
    if surrogates is not None and not takes_surrogates(name):
        raise SettingsError(
            f"surrogates are for cloaks: {name} is crafted without a finished recogniser (on the command "
            "line: leave --surrogate out)"
        )
    names = names_of("surrogates", ("dlib",) if surrogates is None else surrogates, example="dlib")
    given = (names,) if takes_surrogates(name) else ()
    return cast("JointMethod", _made(name, epsilon, *given))


def _method(name: str) -> _Method:
    if name_of("method", name, example="cloak") not in _METHODS:
        raise SettingsError(f"no method {name!r}; there are {', '.join(available())}")
    return _METHODS[name]


def _made(name: str, epsilon: float, *given: object) -> Any:
    # Loaded when asked for: the names alone must not cost loading PyTorch.
    from faceguard.engine.budget import Budget

    steps = number_of_steps(epsilon)
    try:
        budget = Budget(steps)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    file, what = _method(name).made_by.split(":")
    return getattr(import_module(f"faceguard.methods.{file}"), what)(budget, *given)
