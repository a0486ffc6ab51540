"""`faceguard bench` from the command line, with the fake tracker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.benchmarks import published_photos
from evaluation.result_files import read_result
from faceguard.cli import main
from tests.evaluation.fakes import FakeGuard, people_folder, plain

pytestmark = pytest.mark.usefixtures("fake_tracker")

People = Callable[..., Path]
Capture = pytest.CaptureFixture[str]
FAST = ["--bootstrap", "100"]


@pytest.fixture
def fake_guard(monkeypatch: pytest.MonkeyPatch) -> FakeGuard:
    guard = FakeGuard()
    monkeypatch.setattr(published_photos, "guard_of", lambda crafting, device: guard)
    return guard


def bench(*words: object) -> int:
    return main(["bench", *map(str, words)])


def test_verify_writes_its_results(made_people: People, tmp_path: Path, capsys: Capture) -> None:
    root, out = made_people(people=6), tmp_path / "out"
    (root / "p0" / "0.png").write_bytes(plain(5))
    assert bench("verify", "--data", root, "--recognizer", "fake", "other", "--output", out, *FAST) == 0
    assert {path.name for path in out.iterdir()} == {"results.json", "results.csv", "report.html", "cache"}
    result = read_result(out)
    assert set(result.metrics) == {"fake", "other"}
    told = capsys.readouterr()
    assert "no face found" in told.err
    assert "such as p0/0.png" in told.err
    assert "eer" in told.out
    assert f"written: {out / 'results.json'}" in told.out


def test_identify_prints_json(made_people: People, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    words = ("--gallery", "templates", "photos", "--unknown", "0.3", "--json", "-q", *FAST)
    assert bench("identify", "--data", made_people(), "--output", out, *words) == 0
    told = capsys.readouterr()
    assert told.err == ""
    printed = json.loads(told.out)
    assert printed == json.loads((out / "results.json").read_text())
    assert list(printed["metrics"]["dlib"]) == [
        "closed set, templates",
        "closed set",
        "open set, templates",
        "open set",
    ]


def test_enroll_and_compare(
    made_people: People, tmp_path: Path, fake_guard: FakeGuard, capsys: Capture
) -> None:
    root = made_people(people=10)
    for out, defender in (("a", "none"), ("b", "grey")):
        words = ("--defender", defender, "--tracker", "nearest", "centroid", "--every", "2", *FAST)
        assert bench("enroll", "--data", root, "--output", tmp_path / out, *words) == 0
    assert (
        fake_guard.protected == 40
    )  # gallery and probes of five users, twice: the two have their own folders
    told = capsys.readouterr().out
    assert "clean/protected, centroid, grey" in told
    assert "seconds_per_face" in told
    assert "data:image/jpeg;base64" in (tmp_path / "a" / "report.html").read_text()
    assert bench("compare", tmp_path / "a" / "results.json", tmp_path / "b") == 0
    assert "clean/protected" in capsys.readouterr().out
    assert bench("compare", tmp_path / "a", tmp_path / "b", "--json") == 0
    assert json.loads(capsys.readouterr().out)["benchmark"] == "enroll"


def test_transfer(made_people: People, tmp_path: Path, fake_guard: FakeGuard) -> None:
    out = tmp_path / "out"
    words = ("--surrogate", "fake", "other", "--recognizer", "fake", "other", "-q", *FAST)
    assert bench("transfer", "--data", made_people(people=5), "--output", out, *words) == 0
    assert list(read_result(out).metrics["other"]) == ["unprotected", "fake", "other"]


def test_protected(tmp_path: Path, capsys: Capture) -> None:
    clean = people_folder(tmp_path / "clean", people=6, photos=1)
    out = tmp_path / "out"
    words = ("--clean", clean, "--protected", clean, "--defender", "jpeg75", "--output", out, *FAST)
    assert bench("protected", *words) == 0
    assert read_result(out).metrics["dlib"]["protected"]["recognised"].value == 1
    assert "protected, jpeg75" in capsys.readouterr().out


@pytest.mark.parametrize("benchmark", ["verify", "identify", "enroll"])
def test_validating_only_measures_and_writes_nothing(
    made_people: People, tmp_path: Path, capsys: Capture, benchmark: str
) -> None:
    root = made_people(people=3, photos=3)
    (root / "p1" / "1.png").write_bytes(b"text")
    before = set(tmp_path.rglob("*"))
    assert bench(benchmark, "--data", root, "--validate-only", "--people", "2") == 0
    assert set(tmp_path.rglob("*")) == before
    told = capsys.readouterr()
    assert told.out == ""
    lines = [line.split()[:3] for line in told.err.splitlines() if line.startswith(("found", "used"))]
    assert lines == [["found", "6", "2"], ["used", "5", "2"]]
    assert "such as p1/1.png" in told.err


def test_a_second_run_looks_at_nothing_again(
    made_people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evaluation.fakes import FakeDetector

    asked = []
    detect = FakeDetector.detect
    monkeypatch.setattr(
        FakeDetector, "detect", lambda self, photos: (asked.append(1), detect(self, photos))[1]
    )
    root = made_people()
    for folder in ("one", "two"):
        monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "cache"))
        assert bench("verify", "--data", root, "--output", tmp_path / folder, "-q", *FAST) == 0
        assert bool(asked) == (folder == "one")
        asked.clear()
    assert not (tmp_path / "one" / "cache").exists()


def test_ctrl_c_says_how_to_go_on(
    made_people: People, tmp_path: Path, fake_guard: FakeGuard, capsys: Capture
) -> None:
    def stop(*arguments: object) -> list:
        raise KeyboardInterrupt

    fake_guard.protect_photos = stop  # type: ignore[method-assign]
    out = tmp_path / "out"
    assert bench("enroll", "--data", made_people(people=5), "--output", out, *FAST) == 130
    assert "run the same command again to go on" in capsys.readouterr().err
    assert not (out / "results.json").exists()
    del fake_guard.protect_photos  # type: ignore[method-assign]
    assert bench("enroll", "--data", tmp_path / "people", "--output", out, *FAST) == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("verify --data {data}", "name a folder for the results with --output"),
        ("verify --data {tmp}/nowhere --output {out}", "nowhere: no such file or folder"),
        ("verify --data {data} --layout megaface --output {out}", "no layout 'megaface'"),
        ("verify --data {data} --layout lfw --output {out}", "no LFW data set"),
        ("verify --data {data} --split test --output {out}", "have no split 'test'"),
        ("verify --data {data} --people 1 --photos-per-person 1 --output {out}", "0 genuine and 0 impostor"),
        ("verify --data {data} --min-photos 9 --output {out}", "no photo is left"),
        ("verify --data {data} --output {data}/p0/0.png", "cannot write to the output folder"),
        ("verify --data {data} --output {out} --cache {data}/p0/0.png", "no cache can be kept there"),
        (
            "identify --data {data} --distractors {tmp}/nowhere --output {out}",
            "no such folder of distractors",
        ),
        ("enroll --data {data} --defender wash --output {out}", "no defender 'wash'"),
        ("enroll --data {data} --tracker oracle --output {out}", "no tracker 'oracle'"),
        (
            "enroll --data {data} --recognizer dlib --defender oblivious --output {out}",
            "never used in crafting",
        ),
        ("protected --clean {tmp}/nowhere --protected {data} --output {out}", "no such folder of originals"),
    ],
)
def test_what_cannot_be_measured_is_status_2(
    made_people: People, tmp_path: Path, capsys: Capture, words: str, complaint: str
) -> None:
    data = made_people()
    filled = words.format(data=data, tmp=tmp_path, out=tmp_path / "out").split()
    assert bench(*filled) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("faceguard: error: ")
    assert complaint in error
    assert not (tmp_path / "out" / "results.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "verify",
        "verify --data d --output o --faces first",
        "verify --data d --output o --bootstrap 10",
        "identify --data d --output o --unknown 1",
        "identify --data d --output o --gallery faces",
        "enroll --data d --output o --case clean",
        "enroll --data d --output o --strength low --epsilon 4",
        "transfer --data d --output o",
        "protected --clean d --output o",
        "compare a.json",
    ],
)
def test_wrong_usage_is_status_2(words: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stop:
        bench(*words.split())
    assert stop.value.code == 2
    assert "usage: faceguard bench" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["", "out", "p0/out"])
def test_results_among_the_people_are_refused(made_people: People, capsys: Capture, place: str) -> None:
    root = made_people(people=6)
    assert bench("identify", "--data", root, "--output", root / place, *FAST) == 2
    assert "where each folder is a person: choose another one" in capsys.readouterr().err
    assert not list(root.rglob("results.json"))


def test_results_that_cannot_be_compared(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "text.json").write_text("{")
    for path, complaint in (
        (tmp_path / "nowhere.json", "no such result"),
        (tmp_path / "text.json", "is not JSON"),
    ):
        assert bench("compare", path, path) == 1
        assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["bench", "--help"], ["bench", "enroll", "--help"], ["bench", "compare", "-h"]]
)
def test_help_loads_nothing_that_is_slow(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from faceguard.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "finally:\n"
        "    slow = {'torch', 'numpy', 'cv2', 'PIL', 'evaluation', 'rich'} & set(sys.modules)\n"
        "    assert not slow, slow\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "faceguard bench" in done.stdout
