"""Records are written whole, checked against their schema, and read again as they were."""

from __future__ import annotations

import json
import math
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks.bench import Bench
from benchmarks.record import RecordError, machine, read_record
from tests.benchmarks.made_records import figure, record


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = record(figure(1.0, 2.5, gflops=3.5, engine="float32", step=None), options={"batches": [1, 4]})
    made.write(tmp_path / "new" / "made.json")
    assert read_record(tmp_path / "new" / "made.json") == made


def test_a_record_says_what_its_values_come_to(tmp_path: Path) -> None:
    record(figure(4.0, 1.0, 2.0)).write(tmp_path / "made.json")
    (written,) = json.loads((tmp_path / "made.json").read_text())["figures"]
    assert (written["median"], written["least"], written["most"]) == (2.0, 1.0, 4.0)
    assert written["quartiles"] == [1.5, 3.0]


def test_an_endless_value_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not finite"):
        record(figure(math.inf)).write(tmp_path / "made.json")
    assert not list(tmp_path.iterdir())


def test_a_record_of_nothing_known_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="machine/clock"):
        record(figure(1.0), clock="sun dial").write(tmp_path / "made.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not JSON"), ("[1]", "as a whole"), ('{"schema": 2}', "not a benchmark's record")],
)
def test_what_is_no_record_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(RecordError, match=said):
        read_record(tmp_path / "other.json")


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.json: cannot be read: no such file"):
        read_record(tmp_path / "none.json")


def test_what_decides_the_figures_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("SECRET", "of nobody's business")
    found = machine(Bench(threads=3), (0.5, 0.5, 0.5))
    record(figure(1.0), **found).write(tmp_path / "made.json")
    assert found["cpu"]
    assert found["threads"] == 3
    assert found["versions"]["torch"] == version("torch")
    assert found["environment"]["OMP_WAIT_POLICY"] == "PASSIVE"
    assert "SECRET" not in found["environment"]
    assert found["load_before"] == [0.5, 0.5, 0.5]
    assert len(found["load_after"]) == (3 if hasattr(os, "getloadavg") else 0)
