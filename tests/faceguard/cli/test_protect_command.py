"""`faceguard protect`: options reach the library, the exit code says how it went."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from faceguard.album.report import REPORT_NAME
from faceguard.cli import main
from faceguard.errors import SettingsError
from faceguard.photos import DiskFullError, Photo
from recognizers import onnxruntime_install
from tests.faceguard.fake_guard import FakeGuard, photo_file


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options the guard was made with; `guard` may hold one to use."""
    seen: dict[str, Any] = {"guard": FakeGuard()}

    def build(**options: Any) -> FakeGuard:
        seen.update(options)
        guard: FakeGuard = seen["guard"]
        return guard

    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", build)
    return seen


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """An album in which nothing goes wrong."""
    photo_file(tmp_path / "good" / "a.png")
    photo_file(tmp_path / "good" / "c.png", faces=0)
    return tmp_path / "good"


def raising(error: BaseException) -> Callable[[Sequence[Photo]], None]:
    def fail(photos: Sequence[Photo]) -> None:
        raise error

    return fail


def test_protects_and_reports(
    good: Path, tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(good), "--output", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("1 photo of 2 protected (1 face), 1 without a face copied, 0 failed.\n")
    assert "What this does not promise:" in out
    assert err.startswith("2 photos on cpu (")
    assert "not protected: c.png: no face found: copied as it is\n" in err
    assert "protecting: 2 of 2 photos" in err
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"a.png", "c.png", REPORT_NAME}
    assert (options["surrogates"], options["detector"]) == (["dlib"], "mtcnn")
    assert (options["strength"], options["epsilon"], options["method"]) == ("medium", None, "cloak")


def test_options_reach_the_guard(good: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    words = (
        "--epsilon 12.5 --seed 7 --min-face 40 --device cpu --surrogate dlib onnx:a.onnx --surrogate b "
        "--detector yunet:b.onnx"
    )
    assert main(["protect", str(good), "-o", str(tmp_path / "out"), *words.split()]) == 0
    assert options["epsilon"] == 12.5
    assert (options["seed"], options["min_face"], options["device"]) == (7, 40, "cpu")
    assert options["surrogates"] == ["dlib", "onnx:a.onnx", "b"]
    assert options["detector"] == "yunet:b.onnx"


def test_json_is_all_there_is_on_standard_output(
    album: Path, tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(album), "-o", str(tmp_path / "out"), "--json", "--strip-gps"]) == 1
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert report["counts"]["failed"] == 1
    assert report["settings"] == {"method": "fake", "metadata": "strip-gps"}
    assert err.count("failed: e.jpg: ") == 1
    written = json.loads((tmp_path / "out" / REPORT_NAME).read_text())
    assert {**written, "seconds": 0} == {**report, "seconds": 0}


def test_quiet_says_what_is_not_protected_and_no_more(
    album: Path, tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(album), "-o", str(tmp_path / "out"), "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[:2] for line in err.splitlines()] == [
        ["not protected", " c.png"],
        ["failed", " e.jpg"],
    ]


def test_a_strange_name_stays_on_its_line(
    tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    photo_file(tmp_path / "in" / "a\n[red]\x1b[31m.png", faces=0)
    assert main(["protect", str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert r"not protected: a\n[red]\x1b[31m.png: no face" in err
    assert r"  a\n[red]\x1b[31m.png: no face" in out


def test_a_folder_that_cannot_be_read_is_a_failure(
    good: Path,
    tmp_path: Path,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = good / "secret"
    secret.mkdir()
    scandir = os.scandir

    def scan(folder: Path) -> Any:
        if folder == secret:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scan)
    assert main(["protect", str(good), "-o", str(tmp_path / "out"), "--quiet"]) == 1
    assert f"failed: {secret}: folder cannot be read: permission denied\n" in capsys.readouterr().err
    assert (tmp_path / "out" / "a.png").exists()


def test_max_pixels_is_a_reason(
    good: Path, tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(good), "-o", str(tmp_path / "out"), "--max-pixels", "95"]) == 1
    assert "failed: a.png: too large: 12 × 8" in capsys.readouterr().err


def test_ctrl_c_says_how_far_it_came_and_the_next_run_goes_on(
    good: Path, tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    options["guard"].before_protecting = raising(KeyboardInterrupt())
    command = ["protect", str(good), "-o", str(tmp_path / "out")]
    assert main(command) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("faceguard: stopped: 1 photo done; run the same command again to go on\n")
    assert not json.loads((tmp_path / "out" / REPORT_NAME).read_text())["complete"]
    options["guard"] = FakeGuard()
    assert main(command) == 0
    assert "1 of them in an earlier run" in capsys.readouterr().out


def test_ctrl_c_while_loading(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", interrupted)
    assert main(["protect", str(good), "-o", str(tmp_path / "out")]) == 130
    assert "stopped before anything was done" in capsys.readouterr().err


def test_a_full_disk_behind_standard_output_spoils_nothing(
    good: Path,
    tmp_path: Path,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main(["protect", str(good), "-o", str(tmp_path / "out")]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "faceguard: error: standard output cannot be written: no space left on device"
    assert json.loads((tmp_path / "out" / REPORT_NAME).read_text())["complete"]
    assert (tmp_path / "out" / "a.png").read_bytes() != (good / "a.png").read_bytes()


def test_the_page_is_written_where_nobody_reads_the_report(
    good: Path, tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_text: str) -> None:
        raise BrokenPipeError

    written = []
    monkeypatch.setattr("faceguard.cli.protect.say", closed)
    monkeypatch.setattr("faceguard.cli._forget_output", lambda: None)
    monkeypatch.setattr("faceguard.cli.protect.ReportPage.write", lambda _page: written.append("page") or 0)
    assert main(["protect", str(good), "-o", str(tmp_path / "out"), "--report"]) == 1
    assert written == ["page"]


def test_a_full_disk_behind_standard_error_stops_nothing(
    album: Path, tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb", buffering=0) as raw:
        monkeypatch.setattr("sys.stderr", io.TextIOWrapper(raw, write_through=True))
        assert main(["protect", str(album), "-o", str(tmp_path / "out")]) == 1  # one photo is a text
    report = json.loads((tmp_path / "out" / REPORT_NAME).read_text())
    assert (report["complete"], report["counts"]["failed"]) == (True, 1)


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (SettingsError("device cuda: there is none"), 2, "faceguard: error: device cuda: there is none"),
        (DiskFullError("out/a.png: no room"), 1, "faceguard: error: out/a.png: no room"),
        (ValueError("odd\nthings"), 1, "faceguard: error: ValueError: odd things (set FACEGUARD_DEBUG=1"),
    ],
)
def test_errors_are_one_line_and_a_status(
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
    text: str,
) -> None:
    def broken(**_options: Any) -> None:
        raise error

    monkeypatch.delenv("FACEGUARD_DEBUG", raising=False)
    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", broken)
    assert main(["protect", str(good), "-o", str(tmp_path / "out")]) == status
    err = capsys.readouterr().err
    assert err.startswith(text)
    assert err.count("\n") == 1


def test_debugging_shows_where_it_happened(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: Any) -> None:
        raise ValueError("odd")

    monkeypatch.setenv("FACEGUARD_DEBUG", "1")
    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", broken)
    with pytest.raises(ValueError, match="odd"):
        main(["protect", str(good), "-o", str(tmp_path / "out")])


def test_nothing_to_protect_is_wrong_usage(
    tmp_path: Path, options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["protect", str(tmp_path / "empty"), "-o", str(tmp_path / "out")]) == 2
    assert "no photos in" in capsys.readouterr().err
    assert main(["protect", str(tmp_path / "missing"), "-o", str(tmp_path / "out")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_a_broken_onnx_runtime_is_a_warning(
    good: Path,
    tmp_path: Path,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(onnxruntime_install, "problem", lambda: "two builds at once")
    assert main(["protect", str(good), "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err.startswith("faceguard: warning: two builds at once\n")


@pytest.mark.parametrize(
    ("detector", "said"),
    [
        (
            "retinaface",
            "no detector 'retinaface'; there are mtcnn, scrfd-10g, scrfd-500m, scrfd:PATH, yunet, yunet:PATH",
        ),
        ("scrfd:none.onnx", "none.onnx: no such file; give scrfd: the path of its ONNX file"),
    ],
)
def test_a_wrong_detector_is_named(
    detector: str, said: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(good), "-o", str(tmp_path / "out"), "--detector", detector]) == 2
    assert capsys.readouterr().err == f"faceguard: error: {said}\n"
    assert not (tmp_path / "out").exists()
