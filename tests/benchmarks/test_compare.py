"""Comparing two records: what moved, and what may not be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.command import main
from benchmarks.compare import compared
from benchmarks.record import Record
from benchmarks.table import write_into
from faceguard.errors import SettingsError
from tests.benchmarks.made_records import figure, record


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ((10.0, 11.0, 12.0), ""),
        ((10.0, 12.0, 14.0), ""),  # its first quartile is the other's third
        ((7.0, 8.0, 9.0), "better"),
        ((13.0, 14.0, 15.0), "worse"),
        ((4.0, 5.0, 15.0), ""),  # half as long in the middle, and spread as far
    ],
)
def test_what_moved_by_more_than_the_spread(after: tuple[float, ...], verdict: str) -> None:
    (change,) = compared(record(figure(8.0, 10.0, 12.0)), record(figure(*after)))
    assert change.verdict == verdict


def test_more_may_be_better() -> None:
    first = record(figure(1.0, 1.0, 1.0, more_is_better=True))
    (change,) = compared(first, record(figure(2.0, 2.0, 2.0, more_is_better=True)))
    assert change.verdict == "better"


def test_too_few_values_tell_nothing() -> None:
    (change,) = compared(record(figure(1.0, 1.0)), record(figure(9.0, 9.0, 9.0)))
    assert change.verdict == "?"


def test_the_ratio_is_of_medians_and_has_bounds() -> None:
    (change,) = compared(record(figure(1.0, 2.0, 3.0)), record(figure(4.0, 6.0, 8.0)))
    assert change.ratio == 3.0
    assert change.bounds == (5.0 / 2.5, 7.0 / 1.5)


def test_nothing_is_divided_by_zero() -> None:
    (change,) = compared(record(figure(0.0, 0.0, 0.0)), record(figure(1.0, 1.0, 1.0)))
    assert (change.ratio, change.bounds, change.verdict) == (None, None, "worse")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (record(figure(1.0), cpu="Slide rule"), "cpu Abacus and Slide rule"),
        (record(figure(1.0), threads=2), "threads 1 and 2"),
        (record(figure(1.0), clock="cpu"), "clock wall and cpu"),
        (record(figure(1.0), environment={}), "OMP_WAIT_POLICY PASSIVE and None"),
        (record(figure(1.0), options={"data": "here"}), "--data None and here"),
    ],
)
def test_other_conditions_are_refused_unless_told(other: Record, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        compared(record(figure(1.0)), other)
    assert len(compared(record(figure(1.0)), other, anyway=True)) == 1


def test_other_versions_are_what_is_compared() -> None:
    assert compared(record(figure(1.0)), record(figure(1.0), versions={"torch": "10"}))


def test_other_figures_and_benchmarks_are_refused() -> None:
    with pytest.raises(SettingsError, match="no figure in common"):
        compared(record(figure(1.0)), record(figure(1.0, name="other")))
    another = Record("another", {}, {}, ())
    with pytest.raises(SettingsError, match="made cannot be compared with another"):
        compared(record(figure(1.0)), another)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(figure(10.0, 10.0, 10.0), figure(1.0, name="gone")).write(tmp_path / "a.json")
    record(figure(20.0, 20.0, 20.0), figure(1.0, name="new")).write(tmp_path / "b.json")
    words = ["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "2.000" in said
    assert "worse" in said
    assert "in the first record only: gone" in said
    assert "in the second record only: new" in said
    assert main([*words, "--fail"]) == 1
    record(figure(20.0), cpu="Slide rule").write(tmp_path / "b.json")
    assert main(words) == 2
    assert "cpu Abacus and Slide rule" in capsys.readouterr().err


def test_records_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(figure(1234.4, gflops=61.23), figure(0.01234, 0.02, name="other")).write(tmp_path / "a.json")
    assert main(["table", str(tmp_path / "a.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "**made**, 2026-01-01, Abacus, 2 cores, cpu (1 thread), wall clock, PyTorch 9.9"
    assert lines[2] == "| what | median | quartiles | n | unit | gflops |"
    assert lines[4] == "| step | 1,234 |  | 1 | ms a face | 61.2 |"
    assert lines[5] == "| other | 0.0162 | 0.0143 to 0.0181 | 2 | ms a face |  |"
    assert lines[-1] == "*a remark*"
    main(["table", str(tmp_path / "a.json"), "--only", "oth"])
    assert "| step" not in capsys.readouterr().out
    main(["table", str(tmp_path / "a.json"), "--facts"])
    assert "gflops" not in capsys.readouterr().out


def test_a_table_is_put_into_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- figures -->\nold\n<!-- end of figures -->\nbelow\n")
    record(figure(2.0)).write(tmp_path / "a.json")
    words = ["table", str(tmp_path / "a.json"), "--into", str(page)]
    assert main(words) == 0
    first = page.read_text()
    assert first.startswith("above\n<!-- figures -->\n**made**")
    assert first.endswith("*a remark*\n<!-- end of figures -->\nbelow\n")
    assert "old" not in first
    assert main(words) == 0
    assert page.read_text() == first
    page.write_text("nothing marked")
    assert main(words) == 2
    assert page.read_text() == "nothing marked"


def test_the_page_about_speed_can_be_written_into(tmp_path: Path) -> None:
    page = tmp_path / "speed.md"
    page.write_text((Path(__file__).parents[2] / "docs" / "speed.md").read_text("utf-8"), "utf-8")
    write_into(page, "| figures |\n")
    assert "| figures |\n<!-- end of figures -->" in page.read_text("utf-8")
