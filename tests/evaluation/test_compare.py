"""Two results side by side."""

from __future__ import annotations

import dataclasses
import json

import pytest

from evaluation.compare import compare
from evaluation.compare_text import comparison_text
from evaluation.results import Result
from faceguard.errors import SettingsError
from tests.evaluation.made_results import made_result


def test_a_result_against_itself_shows_no_difference() -> None:
    found = compare(made_result(), made_result())
    assert all(one.difference.value in (0, None) for one in found.differences)
    assert not any(one.beyond_chance for one in found.differences)
    assert (found.settings, found.only_first, found.only_second) == ({}, (), ())


def test_differences_are_paired_where_the_results_hold_persons() -> None:
    first, second = made_result(0.8), made_result(1.4, method="other")
    found = {(one.case, one.metric): one for one in compare(first, second).differences}
    rank1, rank5 = found["protected/clean", "rank1"], found["protected/clean", "rank5"]
    assert rank1.paired
    assert not rank5.paired
    before, after = (r.metrics["dlib"]["protected/clean"]["rank1"].value for r in (first, second))
    assert rank1.difference.value == pytest.approx(after - before)
    assert rank1.difference.low < rank1.difference.value < rank1.difference.high
    assert found["protected/clean", "eer"].beyond_chance
    assert found["protected/clean", "tar@far=1e-6"].difference.value is None


def test_what_one_result_alone_has_is_named() -> None:
    other = made_result()
    cases = dict(other.metrics["dlib"])
    cases.pop("clean/clean")
    second = dataclasses.replace(other, metrics={"dlib": cases, "new": {"a": cases["protected/clean"]}})
    found = compare(made_result(), second)
    assert "dlib, clean/clean, eer" in found.only_first
    assert "new, a, eer" in found.only_second


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"benchmark": "verify"}, "a result of 'enroll' and one of 'verify' cannot be compared"),
        ({"protocol": {"layout": "lfw", "people": 12, "gallery": 1}}, "protocol.*layout: 'celeba' and 'lfw'"),
        ({"data": {"made up": "1" * 64}}, "data, so they cannot be compared: made up"),
        ({"metrics": {}}, "no recogniser, case and figure in common"),
    ],
)
def test_results_of_different_questions_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        compare(made_result(), dataclasses.replace(made_result(), **changes))


def test_the_text_tells_figures_settings_and_what_is_beyond_chance() -> None:
    text = comparison_text(compare(made_result(0.8), made_result(1.4, method="other\n")))
    assert 'method: "cloak" -> "other\\n"' in text
    rank1 = next(line for line in text.splitlines() if line.startswith("  rank1"))
    assert rank1.count("88.9 %") == 2
    eer = [line for line in text.splitlines() if line.startswith("  eer")][1]
    assert "points" in eer
    assert eer.endswith("* (unpaired)")
    assert "* the interval leaves out no difference" in text


def test_the_json_is_json() -> None:
    first: Result = made_result()
    values = json.loads(json.dumps(compare(first, made_result(1.4)).to_json(), allow_nan=False))
    assert values["benchmark"] == "enroll"
    assert values["differences"][0]["before"]["n"] > 0
