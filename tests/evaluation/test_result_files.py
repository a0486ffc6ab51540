"""Results are written whole, read back equal, and checked against the published schema."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evaluation.result_files import ResultError, read_result, schema, write_result
from evaluation.results import Metric
from faceguard.errors import FaceguardError
from tests.evaluation.made_results import made_result


def test_a_result_comes_back_equal(tmp_path: Path) -> None:
    result = made_result()
    path = write_result(result, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "results.json"
    assert read_result(path) == result
    assert read_result(path.parent) == result


def test_the_schema_is_one_and_takes_what_is_written(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    values = json.loads(write_result(made_result(), tmp_path).read_text())
    jsonschema.validate(values, schema())
    assert values["schema"] == 1
    figure = values["metrics"]["dlib"]["clean/clean"]["rank1"]
    assert {"value", "low", "high", "n"} <= set(figure)
    missing = values["metrics"]["dlib"]["clean/clean"]["tar@far=1e-6"]
    assert missing["value"] is None
    assert "insufficient data" in missing["reason"]


def test_the_csv_has_a_line_for_every_figure(tmp_path: Path) -> None:
    result = made_result(recogniser='onnx:a, "b".onnx')
    write_result(result, tmp_path)
    rows = list(csv.DictReader((tmp_path / "results.csv").open(newline="")))
    count = sum(len(figures) for cases in result.metrics.values() for figures in cases.values())
    assert len(rows) == count + 2  # quality's SSIM and cost's seconds
    assert rows[0]["recogniser"] == 'onnx:a, "b".onnx'
    metric = result.metrics['onnx:a, "b".onnx']["clean/clean"]["rank1"]
    row = next(row for row in rows if (row["case"], row["metric"]) == ("clean/clean", "rank1"))
    assert (float(row["value"]), float(row["low"]), int(row["n"])) == (metric.value, metric.low, metric.n)
    assert {row["metric"] for row in rows if not row["recogniser"]} == {"ssim", "seconds_per_face"}


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    result = dataclasses.replace(made_result(), timing={"embedding": math.nan})
    with pytest.raises(ResultError, match="timing / embedding is not a finite number"):
        write_result(result, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_figure_without_interval_needs_a_reason(tmp_path: Path) -> None:
    result = dataclasses.replace(made_result(), cost={"seconds_per_face": Metric(1.0, None, None, 3)})
    with pytest.raises(ResultError, match="cost / seconds_per_face: 'reason' is a required property"):
        write_result(result, tmp_path)


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    values = made_result().to_json()
    change(values)
    return json.dumps(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "is not of type 'object'"),
        ("{}", "required property"),
        ('{"schema": 2}', "is of schema 2; this faceguard reads schema 1"),
        (broken(lambda v: v["hardware"].pop("cpu")), "hardware: 'cpu' is a required property"),
        (broken(lambda v: v.update(surprise=1)), "surprise"),
        (broken(lambda v: v["data"].update(x="no hash")), "data / x: 'no hash' does not match"),
        (
            broken(lambda v: v["metrics"]["dlib"]["clean/clean"]["eer"].update(value="low")),
            "metrics / dlib / clean/clean / eer / value: 'low' is not of type",
        ),
        (broken(lambda v: v["cost"]["seconds_per_face"].update(n=-1)), "n: -1 is less than"),
        (broken(lambda v: v["timing"].update(a=math.inf)), "timing / a is not a finite number"),
        (
            broken(lambda v: v["per_person"]["dlib"]["clean/clean"]["rank1"].append([1])),
            "per_person / dlib / clean/clean / rank1",
        ),
    ],
)
def test_what_is_no_result_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(text)
    with pytest.raises(ResultError) as caught:
        read_result(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="there is no such result"):
        read_result(tmp_path / "none.json")
    with pytest.raises(ResultError, match=r"results\.json: there is no such result"):
        read_result(tmp_path)
    (tmp_path / "photo.json").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ResultError, match="is not JSON"):
        read_result(tmp_path / "photo.json")
    assert issubclass(ResultError, FaceguardError)


def test_a_folder_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FaceguardError, match="cannot be written"):
        write_result(made_result(), tmp_path / "file" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
