"""The command line, and each benchmark from its options to its record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch

from benchmarks.command import BENCHMARKS, main
from benchmarks.record import read_record

FAST = {
    "identification-search": [],
    "files": ["--formats", "JPEG", "PNG"],
    "detection": ["--detectors", "mtcnn", "yunet"],
}


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leaves the threads of this process as they were."""
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def ran(name: str, folder: Path, *more: str) -> set[str]:
    """The names of a quick run's figures."""
    assert main([name, "--quick", "--threads", "1", "--output", str(folder / "out.json"), *more]) == 0
    record = read_record(folder / "out.json")
    assert record.benchmark == name
    assert record.options["quick"] is True
    assert record.machine["threads"] == 1
    names = [figure.name for figure in record.figures]
    assert len(names) == len(set(names))
    assert any("--quick" in note for note in record.notes)
    return set(names)


@pytest.mark.parametrize("name", FAST)
def test_a_quick_run(name: str, tmp_path: Path) -> None:
    assert ran(name, tmp_path, *FAST[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*BENCHMARKS} - {*FAST}))
def test_a_quick_run_that_takes_longer(name: str, tmp_path: Path) -> None:
    assert ran(name, tmp_path)


def test_what_is_left_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEGUARD_CACHE", str(tmp_path / "empty"))
    main(["detection", "--quick", "--detectors", "yunet", "--output", str(tmp_path / "out.json")])
    record = read_record(tmp_path / "out.json")
    assert not record.figures
    assert any(note.startswith("left out: yunet: ") for note in record.notes)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_has_help_that_says_what_it_measures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    assert f"python -m benchmarks {name}" in said
    assert "--output" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["files", "--data", "nowhere"], "no such folder"),
        (["files", "--data", "."], "leave --data out"),
        (["files", "--device", "cuda", "--clock", "cpu"], "cuda"),
        (["compare", "a.json", "b.json"], "cannot be read"),
    ],
)
def test_wrong_settings_are_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) in (1, 2)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_has_a_row_on_the_page_about_speed(name: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "speed.md"
    assert f"\n| `{name}` | " in page.read_text("utf-8")


def test_an_unknown_name_and_none_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["solverstep"])
    assert "invalid choice" in capsys.readouterr().err
    assert main([]) == 2
    assert "solver-step" in capsys.readouterr().out
