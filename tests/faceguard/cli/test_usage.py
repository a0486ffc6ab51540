"""The command line itself: what is wrong usage, and that it is there at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faceguard import __version__
from faceguard.cli import main


@pytest.mark.parametrize("epsilon", ["0", "-1", "255.5", "nan", "much"])
def test_epsilon_out_of_range_is_named(epsilon: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["protect", "a.jpg", "--output", "out", f"--epsilon={epsilon}"])
    assert stop.value.code == 2
    assert f"'{epsilon}' is not a number above 0 and up to 255" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        "",
        "protect a.jpg",
        "protect --output out",
        "protect a.jpg -o out --strength extreme",
        "protect a.jpg -o out --strength low --epsilon 4",
        "protect a.jpg -o out --strip-gps --strip-metadata",
        "protect a.jpg -o out --seed=-1",
        "protect a.jpg -o out --max-pixels 0",
        "protect a.jpg -o out --min-face x",
        "protect a.jpg -o out --device tpu",
    ],
)
def test_wrong_usage_is_status_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    assert stop.value.code == 2
    assert "usage: faceguard" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["protect", "", "--output", "out"],
        ["protect", "a.jpg", "--output", ""],
        ["check", "", "protected"],
        ["check", "originals", "protected", "--output="],
        ["demo", "--output", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "the path is empty" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_closed_output_is_no_reason_to_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, None)
    assert main(["models", "--json"]) == 0


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"faceguard {__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["protect", "--help"], ["demo", "--help"], ["--version"]])
def test_help_loads_nothing_that_is_slow(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from faceguard.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "finally:\n"
        "    slow = {'torch', 'numpy', 'cv2', 'PIL', 'skimage', 'rich'} & set(sys.modules)\n"
        "    assert not slow, slow\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "faceguard" in done.stdout


def test_it_is_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faceguard", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout == f"faceguard {__version__}\n"


@pytest.mark.parametrize("module", ["onnx", "triton"])
def test_nothing_is_said_after_the_end(module: str, tmp_path: Path) -> None:
    pytest.importorskip(module)
    code = f"import {module}; from faceguard.cli import main; main(['models'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "FACEGUARD_CACHE": str(tmp_path)},
    )
    assert "dlib" in done.stdout
    assert "leak" not in done.stderr
