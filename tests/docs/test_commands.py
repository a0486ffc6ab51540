"""Commands in the pages and the README are ones that there are, and the options of the main ones are told."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from faceguard import methods
from faceguard.cli.parser import parser
from tests.docs.pages import DOCS, PAGES, ROOT, commands

COMMANDS = sorted(
    {
        (page.name, each)
        for page in (*PAGES, ROOT / "README.md")
        for each in commands(page)
        if "[" not in each  # a synopsis
    }
)
REFERENCE = (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_is_one_that_there_is(
    page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = parser().parse_args(shlex.split(command.replace("...", ""))[1:])
    assert callable(arguments.run)


def subparser(name: str) -> argparse.ArgumentParser:
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    found: argparse.ArgumentParser = commands.choices[name]
    return found


def names() -> list[str]:
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return list(commands.choices)


@pytest.mark.parametrize("name", names())
def test_each_command_has_a_section(name: str) -> None:
    assert f"\n## {name}\n" in REFERENCE


@pytest.mark.parametrize("name", ["protect", "check", "serve"])
def test_each_option_is_told_of(name: str) -> None:
    section = REFERENCE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    options = [option for action in subparser(name)._actions for option in action.option_strings]
    missing = [option for option in options if f"`{option}" not in section and option not in ("-h", "--help")]
    assert not missing


@pytest.mark.parametrize("name", methods.available())
def test_each_method_has_a_row_that_says_which_threat_it_answers(name: str) -> None:
    rows = (DOCS / "methods.md").read_text("utf-8")
    assert f"\n| `{name}` | {methods.threat_of(name)} |" in rows
