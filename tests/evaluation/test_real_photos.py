"""The benchmarks on real photos with the real detector and recogniser; skipped where there are none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from evaluation.result_files import read_result
from faceguard.cli import main


def test_people_are_recognised_and_the_second_run_is_fast(data_root: Path, tmp_path: Path) -> None:
    words = ["--data", str(data_root / "celeba"), "--people", "5", "--photos-per-person", "4", "-q"]
    seconds = []
    for run in ("one", "two"):
        start = time.perf_counter()
        kept = ["--output", str(tmp_path / run), "--cache", str(tmp_path / "cache"), "--bootstrap", "100"]
        assert main(["bench", "identify", *words, *kept]) == 0
        seconds.append(time.perf_counter() - start)
    first, second = (read_result(tmp_path / run) for run in ("one", "two"))
    assert first.metrics == second.metrics
    assert first.metrics["dlib"]["closed set"]["rank1"].value >= 0.8
    assert second.timing["embedding"] < first.timing["embedding"] / 5
    # Finding faces is most of the first run; the second loads the networks and draws the report.
    assert seconds[1] < seconds[0]


def test_photos_of_different_people_score_lower(data_root: Path, tmp_path: Path) -> None:
    words = ["--data", str(data_root / "celeba"), "--people", "5", "--photos-per-person", "3", "-q"]
    assert main(["bench", "verify", *words, "--output", str(tmp_path), "--bootstrap", "100"]) == 0
    figures = read_result(tmp_path).metrics["dlib"]["clean/clean"]
    assert figures["auc"].value is not None
    assert figures["auc"].value > 0.9


def test_lfws_folds_are_validated(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(data_root / "lfw"), "--people", "12", "--validate-only"]
    assert main(["bench", "verify", *words, "--cache", str(tmp_path)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[1].split()[0] == "found"
    assert "lfw layout" in lines[1]
    assert lines[-1].split()[0] == "used"
