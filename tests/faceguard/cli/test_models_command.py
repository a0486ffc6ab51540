"""`faceguard models`: what is listed, asked, fetched, taken over and checked."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faceguard.cli import main
from recognizers.catalogue import MODELS, Download, PublishedFile
from tests.recognizers.file_server import FileServer, serving

CONTENT = bytes(range(256)) * 4000
NAME = "facenet-vggface2"
PACK = "arcface-buffalo_l"


class Terminal(io.StringIO):
    """A keyboard at which a person types an answer."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A server that publishes what the catalogue takes for the weights of two recognisers."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("recognizers.download._PAUSE", 0.0)
    with serving(CONTENT) as running:
        digest = hashlib.sha256(CONTENT).hexdigest()
        source = Download(running.url("weights.bin"), digest, len(CONTENT))
        for name in (NAME, PACK):
            file = PublishedFile(f"{name}.bin", digest, len(CONTENT), source)
            monkeypatch.setitem(MODELS, name, replace(MODELS[name], weights=file))
        yield running


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_list_says_all_there_is_to_know(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[: 4 * len(MODELS) : 4]] == list(MODELS)
    entries = [" ".join(line.split()) for line in lines]
    assert "dlib built in differentiable, 22 MB" in entries
    assert f"{PACK} missing differentiable, 174 MB (fetched in 289 MB)" in entries
    non_commercial = [model for model in MODELS.values() if model.non_commercial]
    assert out.count("You may not use it commercially") == len(non_commercial) >= 3
    assert "https://github.com/timesler/facenet-pytorch/releases" in out
    assert f"Cache folder: {cache}" in lines
    assert "onnx:PATH" in out


def test_the_list_for_programs(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["cache"] == str(cache)
    facts = {each["name"]: each for each in listed["models"]}
    assert list(facts) == list(MODELS)
    assert facts["dlib"]["state"] == "built in"
    assert Path(facts["dlib"]["path"]).is_file()
    assert facts[PACK]["non_commercial"] is True
    assert (facts[PACK]["size"], facts[PACK]["download_size"]) == (174_383_860, 288_621_354)
    assert facts[PACK]["path"] == str(cache / "weights" / "w600k_r50.onnx")


def test_fetching_shows_the_licence_and_asks(
    server: FileServer, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert main(["models", "fetch", PACK]) == 0
    said = capsys.readouterr()
    assert "licence: non-commercial research only" in said.err
    assert "You may not use it commercially" in said.err
    assert server.url("weights.bin") in said.err
    assert "Fetch it, for non-commercial research only? [y/N]" in said.err
    path = cache / "weights" / f"{PACK}.bin"
    assert said.out == f"{PACK}: fetched into {path}\n"
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "why\n"])
def test_anything_but_yes_fetches_nothing(
    answer: str,
    server: FileServer,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert main(["models", "fetch", NAME]) == 1
    assert "nothing fetched" in capsys.readouterr().err
    assert server.asked == []


def test_without_a_terminal_it_needs_a_yes(
    server: FileServer, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(["models", "fetch", NAME]) == 2
    assert "accept its licence with --yes" in capsys.readouterr().err
    assert server.asked == []
    assert main(["models", "fetch", NAME, PACK, "--yes"]) == 0
    assert "licence: MIT" in capsys.readouterr().err
    assert main(["models", "fetch", NAME, "--yes"]) == 0
    assert "here already" in capsys.readouterr().out
    assert len(server.asked) == 2


def test_another_cache_folder(
    server: FileServer, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    assert main(["models", "--cache", str(other), "fetch", NAME, "--yes"]) == 0
    assert f"FACEGUARD_CACHE={other}" in capsys.readouterr().err
    assert (other / "weights" / f"{NAME}.bin").is_file()
    assert not cache.exists()
    assert main(["models", "verify", NAME, "--cache", str(other)]) == 0
    assert main(["models", "verify", NAME]) == 1


def test_a_fetch_that_fails_says_how_to_do_it_by_hand(
    server: FileServer, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.statuses = [404]
    assert main(["models", "fetch", NAME, "--yes"]) == 1
    said = capsys.readouterr().err
    assert "the server answers 404" in said
    assert f"faceguard models import {NAME} weights.bin" in said


def test_ctrl_c_leaves_what_has_come(
    server: FileServer, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_whatever: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("recognizers.download._receive", stop)
        assert main(["models", "fetch", NAME, "--yes"]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_importing(
    server: FileServer, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "from-elsewhere"
    file.write_bytes(CONTENT)
    assert main(["models", "import", PACK, str(file)]) == 0
    out = capsys.readouterr().out
    assert f"{PACK}: imported into {cache / 'weights' / f'{PACK}.bin'}" in out
    assert "You may not use it commercially" in out
    file.write_text("a text")
    assert main(["models", "import", NAME, str(file)]) == 1
    assert "SHA-256" in capsys.readouterr().err
    assert main(["models", "import", NAME, str(tmp_path / "none")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_verifying(server: FileServer, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify"]) == 0
    assert f"dlib: sound\n{NAME}: missing\n" in capsys.readouterr().out
    assert main(["models", "fetch", NAME, "--yes"]) == 0
    assert main(["models", "verify"]) == 0
    assert f"{NAME}: sound" in capsys.readouterr().out
    (cache / "weights" / f"{NAME}.bin").write_bytes(b"?" + CONTENT[1:])
    assert main(["models", "verify"]) == 1
    said = capsys.readouterr()
    assert "SHA-256" in said.err
    assert "dlib: sound" in said.out


@pytest.mark.parametrize(
    "words", [["fetch", "clearview"], ["import", "clearview", "f"], ["verify", "clearview"]]
)
def test_unknown_names_are_status_2(
    words: list[str], cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *words]) == 2
    assert "no model 'clearview' in the catalogue; there are dlib, " in capsys.readouterr().err


@pytest.mark.parametrize("words", [["fetch"], ["import", "dlib"], ["--yes"], ["remove", "dlib"]])
def test_wrong_usage_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["models", *words])
    assert stop.value.code == 2
    assert "usage: faceguard" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["models"], ["models", "verify"], ["models", "fetch", "--help"]])
def test_pytorch_is_not_needed(words: list[str], cache: Path) -> None:
    code = (
        "import sys\n"
        "from faceguard.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "finally:\n"
        "    assert not {'torch', 'numpy', 'onnx', 'insightface'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
