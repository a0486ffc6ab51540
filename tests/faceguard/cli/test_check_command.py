"""`faceguard check` and `protect --report`: from folders to a page, with an exit status that tells."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from faceguard.check.checking import Checker
from faceguard.check.judges import Bench
from faceguard.cli import main
from faceguard.photos import Manifest
from tests.faceguard.check.made_check import GreenJudge, MarkDetector, protected, saved, scene, with_faces
from tests.faceguard.fake_guard import FakeGuard, photo_file


@pytest.fixture(autouse=True)
def _without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench((GreenJudge(),))
    monkeypatch.setattr("faceguard.cli.check.present", lambda device, besides: bench)
    monkeypatch.setattr("faceguard.cli.report_page.present", lambda device, besides: bench)
    monkeypatch.setattr("faceguard.faces.detectors.load", lambda *_: MarkDetector())


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An original and its protected version, in the folder the command runs in."""
    monkeypatch.chdir(tmp_path)
    photo = with_faces(scene(0), (100, 100))
    saved(photo, tmp_path / "in" / "a.png")
    saved(protected(photo), tmp_path / "out" / "IMG_1.png")
    return tmp_path


def test_all_protected_is_status_0_and_a_page(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "in", "out"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("Enrolment: The face is not recognised any more by green.\nTraining: ")
    assert out.endswith("\nThe page, for you alone: faceguard-report.html\n")
    page = (folders / "faceguard-report.html").read_text()
    assert "IMG_1.png" in page
    assert {path.name for path in (folders / "out").iterdir()} == {"IMG_1.png"}


def test_a_face_that_is_recognised_is_status_1(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(with_faces(scene(0), (100, 100)), folders / "out" / "IMG_1.png")
    assert main(["check", "in", "out", "--output", "pages/me.html"]) == 1
    assert "  IMG_1.png: it is the original, unchanged" in capsys.readouterr().out
    assert (folders / "pages" / "me.html").is_file()


def test_json_is_all_there_is_on_standard_output(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "in", "out", "--json", "-o", "out"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["protected"] is True
    assert told["page"] == str(Path("out") / "faceguard-report.html")
    # A page that lies among the photos is none of them.
    assert main(["check", "in", "out", "--json", "-o", "out"]) == 0


def test_quiet_writes_the_page_and_says_nothing(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "in", "out", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (folders / "faceguard-report.html").is_file()


def test_single_files_will_do(folders: Path) -> None:
    assert main(["check", "in/a.png", "out/IMG_1.png", "-q"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("in missing", "missing: no such file or folder"),
        ("in in", "in: originals and protected photos are the same; name two folders, or two files"),
        ("empty out", "empty: there are no photos in this folder"),
        ("in out -o page.txt", "page.txt: the page is an .html file, or goes into a folder that is there"),
        ("in out --recognizer nobody", "no recogniser 'nobody'; there are dlib"),
        ("in out --manifest in", "in: there is no faceguard-manifest.jsonl, which faceguard protect writes"),
        ("in out --max-pixels 0", "'0' is not a whole number of 1 or more"),
        ("in", "the following arguments are required: PROTECTED"),
    ],
)
def test_wrong_usage_is_status_2(
    folders: Path, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    (folders / "empty").mkdir()
    try:
        status = main(["check", *words.split()])
    except SystemExit as refused:
        status = refused.code
    assert status == 2
    assert said in capsys.readouterr().err
    assert not (folders / "faceguard-report.html").exists()


def test_texts_and_photos_that_are_too_large_are_listed(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders / "out" / "text.jpg").write_text("this is a text")
    saved(scene(0, 300, 400), folders / "out" / "large.png")
    assert main(["check", "in", "out", "--max-pixels", "100000"]) == 1
    out, _ = capsys.readouterr()
    assert "text.jpg: not a photo: its content is text" in out
    assert "large.png: too large: 400 × 300" in out
    assert "text.jpg" in (folders / "faceguard-report.html").read_text()


def test_ctrl_c_leaves_nothing_behind(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Checker, "check_pairs", stop)
    assert main(["check", "in", "out"]) == 130
    assert "stopped: nothing was written" in capsys.readouterr().err
    assert {path.name for path in folders.iterdir()} == {"in", "out"}


def test_a_page_that_cannot_be_written_is_status_1(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "in-the-way").write_text("a file")
    assert main(["check", "in", "out", "-o", "in-the-way/page.html"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_manifest_of_another_folder_tells_what_was_crafted_on(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(scene(9), folders / "made" / "a.png")
    manifest = Manifest(folders / "made", "key")
    digest = hashlib.sha256((folders / "in" / "a.png").read_bytes()).hexdigest()
    details = {"faces": [{"box": [70, 60, 130, 140]}], "similarity": {"green": {}}}
    manifest.append(manifest.record(Path("a.png"), digest, details))
    assert main(["check", "in", "out", "--json", "--manifest", "made"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recognisers"][0]["used_in_crafting"] is True


@pytest.fixture
def protecting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The words that protect two photos, one without a face, with a page."""
    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", lambda **_: FakeGuard())
    photo_file(tmp_path / "in" / "a.png")
    photo_file(tmp_path / "in" / "deep" / "none.png", faces=0)
    return ["protect", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--report"]


def test_protect_writes_the_page_beside_the_photos(
    protecting: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(protecting) == 0
    page = tmp_path / "out" / "faceguard-report.html"
    assert f"the page about it, for you alone: {page}" in capsys.readouterr().err
    assert "deep/none.png" in page.read_text()
    assert "a.png" in page.read_text()


def test_a_run_that_only_goes_on_writes_the_page_too(protecting: list[str], tmp_path: Path) -> None:
    assert main([word for word in protecting if word != "--report"]) == 0
    page = tmp_path / "out" / "faceguard-report.html"
    assert not page.exists()
    (tmp_path / "in" / "text.jpg").write_text("this is a text")
    assert main(protecting) == 1
    text = page.read_text()
    assert "a.png" in text
    assert "text.jpg: not a photo: its content is text" in text


def test_ctrl_c_while_judging_says_that_the_photos_are_done(
    protecting: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Checker, "check_pairs", stop)
    assert main(protecting) == 130
    assert "the photos are done, but not the page about them" in capsys.readouterr().err
    assert (tmp_path / "out" / "a.png").is_file()
    assert not (tmp_path / "out" / "faceguard-report.html").exists()
