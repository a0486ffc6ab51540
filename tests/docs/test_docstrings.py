"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import re
from importlib import import_module

import pytest

from tests.docs.pages import ROOT

PACKAGES = ("recognizers", "faceguard", "evaluation", "benchmarks")
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in PACKAGES
    for path in sorted((ROOT / package).glob("**/*.py"))
    if re.search(r"^ *>>> ", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_run(name: str) -> None:
    ran = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert ran.attempted
    assert not ran.failed


def test_there_are_examples_in_every_package() -> None:
    assert {name.partition(".")[0] for name in WITH_EXAMPLES} == set(PACKAGES)
