"""The benchmarks on real photos with the real detector and recogniser; skipped where there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluation.result_files import read_result
from faceguard.cli import main
from faceguard.faces.mtcnn import MtcnnDetector
from recognizers.dlib_resnet import DlibResNet


def test_people_are_recognised_and_the_second_run_looks_at_no_photo_again(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--data", str(data_root / "celeba"), "--people", "5", "--photos-per-person", "4", "-q"]
    looks: Counter[str] = Counter()
    for kind, look in ((MtcnnDetector, "detect"), (DlibResNet, "embed")):
        monkeypatch.setattr(kind, look, _counted(getattr(kind, look), look, looks))
    for run in ("one", "two"):
        kept = ["--output", str(tmp_path / run), "--cache", str(tmp_path / "cache"), "--bootstrap", "100"]
        assert main(["bench", "identify", *words, *kept]) == 0
        assert (looks["detect"] > 0) == (looks["embed"] > 0) == (run == "one")
        looks.clear()
    first, second = (read_result(tmp_path / run) for run in ("one", "two"))
    assert first.metrics == second.metrics
    assert first.metrics["dlib"]["closed set"]["rank1"].value >= 0.8


def _counted(function: Callable[..., Any], name: str, calls: Counter[str]) -> Callable[..., Any]:
    def counted(*args: Any, **options: Any) -> Any:
        calls[name] += 1
        return function(*args, **options)

    return counted


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
    # A slow machine says how far it has come in between.
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("found", "used"))]
    assert [line.split()[0] for line in lines] == ["found", "used"]
    assert "lfw layout" in lines[0]
