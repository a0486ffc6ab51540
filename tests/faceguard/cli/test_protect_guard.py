"""`faceguard protect` keeps the two threats apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faceguard.album.report import REPORT_NAME
from faceguard.cli import main
from faceguard.engine.masks import Masks
from faceguard.faces import detectors
from tests.faceguard.fake_guard import photo_file
from tests.faceguard.middle_detector import MiddleDetector


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people's folders, a label file beside them, and a detector that finds a face in every photo."""
    monkeypatch.setattr(detectors, "load", lambda *_: MiddleDetector())
    monkeypatch.chdir(tmp_path)
    for name in ("anna/a", "bodo/b"):
        photo_file(tmp_path / "people" / f"{name}.png")
    (tmp_path / "labels.txt").write_text("a.png 1\nb.png 2\n")
    return tmp_path / "people"


@pytest.mark.parametrize("labels", [["--labels", "folders"], ["--labels", "labels.txt"], []])
def test_poisons_take_labels_and_keep_masks(
    people: Path, labels: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["protect", "people", "-o", "out", "--method", "separable", *labels]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "This is against training" in printed.out
    assert "before" not in printed.out
    report = json.loads((Path("out") / REPORT_NAME).read_text())
    assert report["settings"]["threat"] == "training"
    assert report["counts"]["protected"] == 2
    masks = ["--masks", "out/faceguard-masks.safetensors"]
    assert main(["protect", "people", "-o", "again", "--method", "separable", *labels, *masks]) == 0
    one = Path("anna/a.png")
    assert (Path("out") / one).read_bytes() == (Path("again") / one).read_bytes()


def test_folders_of_people_may_be_given_one_by_one(people: Path) -> None:
    command = ["protect", "people/anna", "people/bodo", "-o", "out", "--method", "separable"]
    assert main([*command, "--labels", "folders"]) == 0
    assert set(Masks.read(Path("out/faceguard-masks.safetensors")).of) == {"anna", "bodo"}
    assert Path("out/a.png").exists()


def test_a_photo_beside_the_people_is_named_once(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo_file(people / "loose.png")
    command = ["protect", "people", "-o", "out", "--method", "separable", "--labels", "folders", "-q"]
    assert main(command) == 1
    assert capsys.readouterr().err.startswith(
        "failed: loose.png: lies in no person's folder; move it into one"
    )
    assert set(Masks.read(Path("out/faceguard-masks.safetensors")).of) == {"anna", "bodo"}


def test_photos_alone_are_no_folders_of_people(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["protect", "people/anna/a.png", "-o", "out", "--method", "separable", "--labels", "folders"]
    assert main(command) == 2
    assert "--labels folders needs folders of people" in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize("option", [["--masks", "none.safetensors"], ["--masks", "people"]])
def test_a_missing_file_of_masks_is_named_once(
    people: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", "people", "-o", "out", "--method", "separable", *option]) == 2
    err = capsys.readouterr().err
    reason = {"none.safetensors": "no such file or directory", "people": "is a directory"}[option[1]]
    assert err == f"faceguard: error: {option[1]}: cannot be read as masks: {reason}\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--labels", "folders"], "--labels is for methods that craft for a whole album"),
        (["--masks", "x"], "--masks is for methods that craft for a whole album"),
        (["--method", "separable", "--surrogate", "dlib"], "surrogates are for cloaks"),
        (["--method", "separable", "--labels", "missing.txt"], "missing.txt: cannot be read"),
        (["--method", "separable", "--masks", "labels.txt"], "labels.txt: cannot be read as masks"),
        (["--method", "targeted"], "at least 2 people"),
        (["--method", "poison"], "no method 'poison'"),
    ],
)
def test_options_of_the_other_threat_are_refused(
    people: Path, options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", "people", "-o", "out", *options]) == 2
    assert complaint in capsys.readouterr().err
    assert not Path("out").exists()
