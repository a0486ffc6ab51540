"""Progress: lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceguard.album.progress import Phase, Progress
from faceguard.cli import display as module
from faceguard.cli.display import BarDisplay, LineDisplay, display


def state(done: int, phase: Phase = "protecting", rate: float = 0.5, at_end: bool = False) -> Progress:
    eta = (10 - done) / rate if rate else None
    return Progress(phase, done, 10, rate, eta, None if at_end else Path("a.jpg"))


def test_lines_at_the_ends_of_a_phase_and_now_and_then_between(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    shown = LineDisplay(progress=True)
    shown.progress(state(0, "finding", rate=0))
    for done in range(1, 5):
        now += 4
        shown.progress(state(done, "finding"))
    shown.progress(state(10, "finding", at_end=True))
    shown.progress(state(0, rate=0))
    assert capsys.readouterr().err.splitlines() == [
        "finding faces: 0 of 10 photos",
        "finding faces: 3 of 10 photos, 0.5 photos/s, about 14 s to go",
        "finding faces: 10 of 10 photos, 0.5 photos/s",
        "protecting: 0 of 10 photos",
    ]


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.001, "0.001 photos/s, about 2 h 46 min to go"), (0.05, "0.05 photos/s, about 3 min 20 s to go")],
)
def test_the_time_to_go_in_words(rate: float, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    LineDisplay(progress=True).progress(state(0, rate=rate))
    assert words in capsys.readouterr().err


def test_which_display(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(display(quiet=False), LineDisplay)
    display(quiet=True).progress(state(0))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True)
    assert isinstance(display(quiet=False), BarDisplay)
    assert isinstance(display(quiet=True), LineDisplay)


def test_the_bar_takes_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with BarDisplay() as shown:
        shown.progress(state(3))
        shown.line("failed: a[/red]\n.jpg: empty file")
        shown.progress(state(10, at_end=True))
    assert r"failed: a[/red]\n.jpg: empty file" in capsys.readouterr().err
