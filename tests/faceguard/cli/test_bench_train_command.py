"""`faceguard bench train`: from words to results, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.benchmarks.train_settings import EditOn, KeySettings, TrainCase
from faceguard.cli import main
from faceguard.cli.bench_train_settings import train_settings
from faceguard.cli.parser import parser
from faceguard.faces import detectors
from recognizers import backbones
from tests.evaluation.benchmarks.hard_people import PEOPLE, TinyVictim, same_for_each_person, write_people
from tests.evaluation.fakes import FakeDetector

QUICK = "--backbone tiny-victim --scale 16 --epochs 1 --batch-size 14 --seeds 0 1 --no-mirror --shift 1"


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of identities, a detector that sees one face in each photo, and a small victim."""
    monkeypatch.setattr(detectors, "load", lambda name, device, min_face: FakeDetector(min_face))
    monkeypatch.setitem(backbones._KINDS, TinyVictim.name, TinyVictim)
    return write_people(tmp_path / "people")


def run(people: Path, words: str, *more: str) -> int:
    return main(["bench", "train", "--data", str(people), *words.split(), *more])


def settings(words: str) -> Any:
    arguments = parser().parse_args(["bench", "train", "--data", "x", *words.split()])
    return train_settings(arguments, Path("out"))


def test_it_writes_json_csv_and_a_report(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    protected = write_people(tmp_path / "protected", same_for_each_person)
    out = tmp_path / "out"
    asked = f"{QUICK} --protected {protected} --defender grey -o {out}"
    assert run(people, asked) == 0
    told = capsys.readouterr()
    assert "closed set, protected, grey" in told.out
    assert "accuracy_change" in told.out
    assert f"written: {out / 'results.json'}" in told.out
    assert ["used", str(PEOPLE * 20), str(PEOPLE)] in [line.split() for line in told.err.splitlines()]
    result = json.loads((out / "results.json").read_text())
    metrics = result["metrics"]["tiny-victim, cosface"]
    assert set(metrics["closed set, protected"]["accuracy"]) >= {"value", "low", "high", "n"}
    assert result["seeds"] == [0, 1]
    assert result["protocol"]["victims"]["tiny-victim, cosface"]["training"]["epochs"] == 1
    assert result["protocol"]["victims"]["tiny-victim, cosface"]["head_settings"] == {"scale": 16.0}
    assert result["timing"]["training tiny-victim, cosface"] > 0
    assert result["cost"]["peak_memory_mib"]["value"] > 0
    rows = list(csv.DictReader((out / "results.csv").open()))
    assert {row["case"] for row in rows} >= {"closed set, clean", "closed set, protected, grey"}
    assert "closed set, protected" in (out / "report.html").read_text()


def test_ctrl_c_keeps_what_is_trained(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from evaluation.benchmarks import train_course

    real, calls = train_course.train, []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(train_course, "train", interrupted)
    out = tmp_path / "out"
    assert run(people, f"{QUICK} --clean -q -o {out}") == 130
    assert "run the same command again" in capsys.readouterr().err
    assert not (out / "results.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in (out / "victims").rglob("*.safetensors")}
    assert len(kept) == 1
    assert run(people, f"{QUICK} --clean -q -o {out}") == 0
    assert (out / "results.json").exists()
    assert all(path.stat().st_mtime_ns == changed for path, changed in kept.items())


def test_the_usual_settings_are_s1() -> None:
    usual = settings("--method cloak")
    victim = usual.victims[0]
    assert usual.cases == (TrainCase.CLOSED,)
    assert usual.seeds == (0, 1, 2)
    assert usual.train_photos is None
    assert usual.edit_on is EditOn.ALL
    assert usual.crafting.method == "cloak"
    assert victim.name == "small-resnet, cosface"
    assert (victim.training.epochs, victim.training.flip, victim.training.shift) == (25, True, 4)
    assert usual.tracker.recognizers == ()


@pytest.mark.parametrize(
    ("words", "cases"),
    [
        ("--lfw lfw", (TrainCase.OPEN,)),
        ("--kept-out 0.3", (TrainCase.OPEN,)),
        ("--share 0.2", (TrainCase.PARTIAL,)),
        ("--protected-identities 5", (TrainCase.PARTIAL,)),
        ("--case partial closed closed", (TrainCase.PARTIAL, TrainCase.CLOSED)),
    ],
)
def test_what_is_asked_for_says_which_case_it_is(words: str, cases: tuple[TrainCase, ...]) -> None:
    assert settings(f"--protected x {words}").cases == cases


def test_victims_from_scratch_and_further() -> None:
    found = settings("--clean --fine-tune dlib onnx:a.onnx --head softmax --epochs 7").victims
    assert [victim.name for victim in found] == [
        "dlib fine-tuned, softmax",
        "onnx:a.onnx fine-tuned, softmax",
    ]
    assert {victim.training.epochs for victim in found} == {7}
    assert {victim.training.learning_rate for victim in found} == {0.01}
    both = settings("--clean --fine-tune dlib --backbone iresnet18 --dimension 64").victims
    assert [(v.network, v.fine_tuned, v.dimension) for v in both] == [
        ("iresnet18", False, 64),
        ("dlib", True, None),
    ]


def test_a_key_is_named_or_lies_with_the_photos() -> None:
    assert settings("--protected x").key is None
    assert settings("--method ungeneralizable --key").key == KeySettings()
    named = settings("--protected x --key k.safetensors --temperature 2 8 2").key
    assert named == KeySettings(Path("k.safetensors"), (2.0, 8.0))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--protected x --key --temperature 0",
        "--method cloak --protected x",
        "--method cloak --clean",
        "--clean --share 0.2 --protected-identities 3",
        "--clean --seeds",
        "--clean --seeds=-1",
        "--clean --batch-size 1",
        "--clean --learning-rate 0",
        "--clean --learning-rate inf",
        "--clean --case half",
        "--clean --kept-out 1",
    ],
)
def test_wrong_usage_is_status_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["bench", "train", "--data", "x", *words.split()])
    assert stop.value.code == 2
    assert "usage: faceguard bench train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--clean", "name a folder for the results with --output"),
        ("--clean -o OUT --defender magic", "no defence 'magic'"),
        ("--clean -o OUT --backbone nothing", "no backbone 'nothing'"),
        ("--clean -o OUT --head nothing", "no head 'nothing'"),
        ("--clean -o OUT --head softmax --margin 0.2", "the head softmax cannot be built so"),
        ("--clean -o OUT --backbone small-resnet --fine-tune nothing", "nothing"),
        ("--method nothing -o OUT", "no method 'nothing'"),
        ("--protected nowhere -o OUT", "nowhere: no such folder of protected photos"),
        ("--clean -o OUT --lfw nowhere", "nowhere: no such file or folder"),
        ("--clean -o OUT --case closed --lfw nowhere", "verification belongs to the open set"),
        ("--clean -o OUT --share 0.2", "the partial case is about protected photos"),
        ("--clean -o OUT --key", "a key is to protected photos"),
        ("--clean -o OUT --temperature 2", "--temperature is for --key"),
        ("--method separable -o OUT --key", "separable has no key that a network could learn with"),
        ("--protected DATA -o OUT --key", "faceguard-key.safetensors: no such key"),
        ("--clean -o OUT --train-photos 100", "people have usable photos to train on"),
        ("--clean -o OUT --people 1", "two or more people must"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line_and_status_2(
    people: Path, tmp_path: Path, words: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = "" if "--backbone" in words or "--head" in words else "--backbone tiny-victim"
    words = f"{words} --epochs 1 --seeds 0 {quick} -q".replace("OUT", str(tmp_path / "out"))
    words = words.replace("DATA", str(people))
    assert run(people, words) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out" / "victims").exists()


def test_validation_alone_trains_nothing(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(people, f"--clean --validate-only -o {tmp_path / 'out'}") == 0
    assert not (tmp_path / "out" / "victims").exists()
    assert str(PEOPLE * 20) in capsys.readouterr().err
