"""`faceguard serve` from the command line."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2 as httpx
import pytest

from faceguard.cli import main
from faceguard.web.limits import Limits
from faceguard.web.server import listen
from tests.faceguard.web.conftest import FakeGuards
from tests.faceguard.web.requests_of_clients import photo

_PROGRAM = """
import sys
import faceguard.web.protectors
from tests.faceguard.web.conftest import FakeGuards
faceguard.web.protectors.Protectors = lambda **settings: FakeGuards()
from faceguard.cli import main
sys.exit(main(["serve", "--port", "0", "--no-browser"]))
"""


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the command hands to the server, which does not run."""
    seen = SimpleNamespace(opened=[])

    def serve(listener: Any, jobs: Any, access: Any, on_ready: Any) -> None:
        seen.port, seen.jobs, seen.access = listener.getsockname()[1], jobs, access
        seen.folder = jobs._folder
        assert seen.folder.is_dir()
        on_ready()

    def protectors(**settings: Any) -> FakeGuards:
        seen.settings = settings
        return FakeGuards()

    monkeypatch.setattr("faceguard.web.server.serve", serve)
    monkeypatch.setattr("faceguard.web.protectors.Protectors", protectors)
    monkeypatch.setattr("webbrowser.open", seen.opened.append)
    monkeypatch.delenv("FACEGUARD_TOKEN", raising=False)
    for name in ("SIGTERM", "SIGHUP"):  # the command sets them for its process
        if hasattr(signal, name):
            monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    return seen


def test_it_prints_its_address_and_leaves_nothing(
    called: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0"]) == 0
    assert f"http://127.0.0.1:{called.port}/\n" in capsys.readouterr().out
    assert called.access.token is None
    assert called.opened == []
    assert called.jobs.limits == Limits()
    assert not called.folder.exists()
    assert called.settings == {
        "surrogates": ["dlib"],
        "detector": "mtcnn",
        "device": "auto",
        "seed": 0,
        "min_face": 24,
    }


def test_options_reach_what_they_are_for(called: SimpleNamespace) -> None:
    limits = "--max-photos 3 --max-photo-mb 1.5 --max-total-mb 4 --max-pixels 5 --max-minutes 6 --max-jobs 7"
    words = (
        f"serve --port 0 --open {limits} --keep-minutes 8 --surrogate dlib onnx:a --detector yunet --seed 9"
    )
    assert main(words.split()) == 0
    assert called.jobs.limits == Limits(5, 1.5, 3, 4, 7, 6, 8)
    assert called.settings["surrogates"] == ["dlib", "onnx:a"]
    assert called.settings["detector"] == "yunet"
    assert called.settings["seed"] == 9
    assert called.opened == [f"http://127.0.0.1:{called.port}/"]


def test_beyond_this_machine_a_token_is_made_up_and_printed(
    called: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0", "--host", "0.0.0.0", "--allow-host", "photos.example"]) == 0
    printed = capsys.readouterr()
    assert f":{called.port}/#token={called.access.token}\n" in printed.out
    assert "not encrypted" in printed.err
    assert not called.access.is_local
    assert called.access.is_known_host("photos.example")


def test_the_token_of_the_environment_is_taken(
    called: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEGUARD_TOKEN", "a-token-for-the-tests")
    assert main(["serve", "--port", "0"]) == 0
    assert called.access.token == "a-token-for-the-tests"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--token", "short"], "at least 16"),
        (["--host", "no-such-machine.invalid"], "no such address"),
    ],
)
def test_wrong_settings_are_said(
    called: SimpleNamespace, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["serve", "--port", "0", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(
    called: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    with listen("127.0.0.1", 0) as other:
        assert main(["serve", "--port", str(other.getsockname()[1])]) == 2
    assert "is taken" in capsys.readouterr().err
    assert not hasattr(called, "settings")


@pytest.mark.parametrize("words", [["--port", "70000"], ["--max-photos", "0"], ["--keep-minutes", "-1"]])
def test_wrong_usage_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", *words])
    assert stopped.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec

    def without_fastapi(name: str, package: str | None = None) -> Any:
        return None if name == "fastapi" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_fastapi)
    assert main(["serve", "--port", "0"]) == 2
    assert "pip install 'faceguard[serve]'" in capsys.readouterr().err


def test_the_help_states_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "photos of one album (default: 500)" in text
    assert "pixels of one photo (default: 120 million)" in text
    assert Limits().photos == 500
    assert Limits().pixels == 120_000_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_it_and_remove_all_photos(tmp_path: Path, name: str) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().rpartition(" ")[2].strip()
        with httpx.Client(base_url=address, timeout=20) as client:
            job = client.post("/api/jobs", json={}).json()["id"]
            assert client.post(f"/api/jobs/{job}/photos?name=a.png", content=photo()).status_code == 201
            with client.stream("GET", f"/api/jobs/{job}/events") as following:
                next(following.iter_lines())  # somebody is still connected
                assert list(tmp_path.glob("faceguard-serve-*/job-*/uploads/*"))
                server.send_signal(getattr(signal, name))
                assert server.wait(30) == 0
        assert server.stderr is not None
        said = server.stderr.read()
    assert "all photos that were kept here are removed" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("faceguard-serve-*"))
