"""Methods by name: whatever is no method's name, budget or threat is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from faceguard import methods
from faceguard.errors import SettingsError

ASKED: list[Callable[[Any], object]] = [
    methods.threat_of,
    methods.needs_labels,
    methods.needs_album,
    methods.takes_surrogates,
    partial(methods.load, epsilon=8.0),
    partial(methods.load_cloak, epsilon=8.0),
    partial(methods.load_joint_method, epsilon=8.0),
]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("name", [["cloak"], {}, 5, None])
def test_what_is_no_name_is_refused(ask: Callable[[Any], object], name: object) -> None:
    with pytest.raises(SettingsError, match="method is a name, such as 'cloak', not"):
        ask(name)


@pytest.mark.parametrize("ask", ASKED)
def test_an_unknown_name_is_answered_with_those_there_are(ask: Callable[[Any], object]) -> None:
    with pytest.raises(SettingsError, match=r"no method 'magic'; there are cloak, .*combined"):
        ask("magic")


@pytest.mark.parametrize("threat", ["enrollment", ["training"], 5])
def test_an_unknown_threat_is_answered_with_those_there_are(threat: Any) -> None:
    with pytest.raises(SettingsError, match="there are enrolment, training, both"):
        methods.available(threat)


@pytest.mark.parametrize("name", ["cloak", "separable"])
@pytest.mark.parametrize(
    ("epsilon", "said"),
    [
        ("much", "epsilon is a number, not 'much'"),
        (None, "not None"),
        (0, "above 0"),
        (300, "at most 255"),
        (10**400, "a number"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(name: str, epsilon: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        methods.load(name, epsilon)


@pytest.mark.parametrize("surrogates", ["dlib", "", 0, 5, [5]])
def test_surrogates_are_a_list_of_names(surrogates: Any) -> None:
    with pytest.raises(SettingsError, match="surrogates is a list of names, such as"):
        methods.load_joint_method("person-mask", 8.0, surrogates)
