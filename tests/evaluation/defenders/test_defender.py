"""Defenders by name."""

from __future__ import annotations

import pytest

from evaluation.defenders.defender import NONE, parse
from faceguard.errors import SettingsError


def test_names() -> None:
    assert parse("none") is NONE
    assert parse("half+jpeg75").edit.name == "half+jpeg75"
    assert parse("purifier").learned == "purifier"
    both = parse("jpeg75+adaptive+mixed25")
    assert (both.edit.name, both.learned, both.unprotected, both.name) == (
        "jpeg75",
        "adaptive",
        0.25,
        "jpeg75+adaptive+mixed25",
    )
    assert parse("oblivious").oblivious


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("wash", "no defender 'wash'"),
        ("jpeg75+wash", "no defender 'wash'"),
        ("jpeg0", "a quality from 1 to 95"),
        ("mixed", "percentage"),
        ("mixed0", "percentage"),
        ("mixed100", "percentage"),
        ("adaptive+purifier", "one learned part"),
        ("mixed10+mixed20", "one share"),
        ("", "no defender ''"),
    ],
)
def test_what_is_refused(name: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        parse(name)
