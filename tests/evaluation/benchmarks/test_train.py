"""The training benchmark from photos to figures, on made-up people who are harder to learn than a poison."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from evaluation.benchmarks import train_runs
from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.train import train_victims
from evaluation.benchmarks.train_settings import EditOn, TrainCase, TrainSettings
from evaluation.benchmarks.workbench import DataSettings, Workbench, opened
from evaluation.defenders.purifier import PurifierTraining
from evaluation.progress import Silent
from evaluation.result_files import read_result, write_result
from evaluation.results import Metric, Result
from faceguard.errors import SettingsError
from recognizers import backbones
from tests.evaluation.benchmarks.hard_people import (
    PEOPLE,
    PHOTOS,
    TRAINING,
    VICTIM,
    TinyVictim,
    new_for_each_photo,
    same_for_each_person,
    write_people,
)
from tests.evaluation.fakes import FakeGuard, plain

pytestmark = pytest.mark.usefixtures("fake_tracker")
QUICK = replace(VICTIM, training=replace(TRAINING, epochs=1))
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _tiny_victim_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backbones._KINDS, TinyVictim.name, TinyVictim)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the benchmark; what is protected are the photos in a folder."""
    clean = write_people(tmp_path / "clean")

    def run(progress: Any = None, guard: Any = None, **settings: Any) -> Result:
        usual: dict[str, Any] = {"victims": (VICTIM,), "seeds": (0,), "output": tmp_path / "out"}
        asked = TrainSettings(DataSettings(clean), **{**usual, **settings})
        with Workbench(asked.tracker, progress=progress or Silent()) as bench:
            return train_victims(asked, bench, bench.validated(opened(asked.data)), guard).result

    return run


def value(result: Result, case: str, name: str = "accuracy") -> float:
    found = figure(result, case, name).value
    assert found is not None
    return found


def figure(result: Result, case: str, name: str = "accuracy") -> Metric:
    return result.metrics[VICTIM.name][case][name]


class Watching(Silent):
    """Counts the steps of each kind of stage; interrupts at one of training."""

    def __init__(self, interrupt_at: int = -1) -> None:
        self.steps: Counter[str] = Counter()
        self._kind = ""
        self._interrupt_at = interrupt_at

    def stage(self, name: str, total: int) -> None:
        self._kind = name.split()[0]

    def step(self, count: int = 1) -> None:
        self.steps[self._kind] += count
        if self._kind == "training" and self.steps["training"] == self._interrupt_at:
            raise KeyboardInterrupt


def test_a_known_poison_is_measured_as_one_and_noise_of_its_size_is_not(run: Run, tmp_path: Path) -> None:
    poisoned = run(protected=write_people(tmp_path / "poisoned", same_for_each_person))
    noisy = run(protected=write_people(tmp_path / "noisy", new_for_each_photo))
    assert value(poisoned, "closed set, clean") > 0.9
    assert value(poisoned, "closed set, protected") < 0.6
    change = figure(poisoned, "closed set, protected", "accuracy_change")
    assert change.high is not None
    assert change.high < 0
    assert change.n == PEOPLE * PHOTOS // 5
    # The victim did learn: what it learned was the poison.
    assert value(poisoned, "closed set, protected", "accuracy_training") > 0.9
    assert value(noisy, "closed set, protected") > 0.9
    assert value(noisy, "closed set, clean") == value(poisoned, "closed set, clean")


def test_unchanged_photos_change_nothing_at_all(run: Run, tmp_path: Path) -> None:
    result = run(victims=(QUICK,), protected=write_people(tmp_path / "copies"), seeds=(3,))
    assert value(result, "closed set, protected") == value(result, "closed set, clean")
    assert value(result, "closed set, protected", "accuracy_change") == 0
    assert result.seeds == (3,)


def test_several_seeds_give_a_mean_an_interval_and_each_seeds_figures(run: Run, tmp_path: Path) -> None:
    result = run(
        victims=(QUICK,), protected=write_people(tmp_path / "poisoned", same_for_each_person), seeds=(0, 1, 2)
    )
    each = [value(result, f"closed set, protected, seed {seed}") for seed in range(3)]
    mean = figure(result, "closed set, protected")
    assert mean.value == pytest.approx(sum(each) / 3)
    assert mean.n == 3
    assert mean.interval == "t over 3 seeds"
    changes = [value(result, f"closed set, protected, seed {s}", "accuracy_change") for s in range(3)]
    before = [value(result, f"closed set, clean, seed {s}") for s in range(3)]
    assert changes == pytest.approx([after - clean for after, clean in zip(each, before, strict=True)])
    assert value(result, "closed set, protected", "accuracy_change") == pytest.approx(sum(changes) / 3)
    sums = result.per_person[VICTIM.name]["closed set, clean, seed 1"]["accuracy"]
    assert len(sums) == PEOPLE
    assert sum(hits for hits, _ in sums) / sum(n for _, n in sums) == pytest.approx(before[1])
    path = write_result(result, tmp_path / "written")
    assert read_result(path).metrics == result.metrics
    assert json.loads(path.read_text())["benchmark"] == "train"


def test_where_some_are_protected_these_and_the_others_are_told_apart(run: Run, tmp_path: Path) -> None:
    result = run(
        cases=(TrainCase.PARTIAL,),
        protected=write_people(tmp_path / "poisoned", same_for_each_person, size=16),
        protected_identities=2,
    )
    assert result.settings["protected"]["partial"]["people"] == 2  # type: ignore[index,call-overload]
    protected = figure(result, "partial, protected, protected people")
    others = figure(result, "partial, protected, other people")
    assert (protected.n, others.n) == (2 * 4, (PEOPLE - 2) * 4)
    assert value(result, "partial, clean, protected people") > 0.9
    assert value(result, "partial, protected, protected people") < 0.5
    assert value(result, "partial, protected, other people") > 0.8
    everybody = figure(result, "partial, protected")
    assert everybody.value == pytest.approx((protected.value * 8 + others.value * 20) / 28)  # type: ignore[operator]


def test_in_the_open_set_strangers_are_told_apart(run: Run, tmp_path: Path) -> None:
    strangers = write_people(tmp_path / "strangers", people=range(3))
    result = run(
        cases=(TrainCase.OPEN,),
        protected=write_people(tmp_path / "poisoned", same_for_each_person),
        kept_out=0.4,
        neighbours=3,
        lfw=strangers,
    )
    sizes = result.protocol["cases"]["open set"]  # type: ignore[index,call-overload]
    assert (sizes["people_trained_on"], sizes["people_kept_out"]) == (4, 3)
    assert (sizes["training_photos"], sizes["test_photos"]) == (4 * 16, 3 * PHOTOS)
    for kind in ("clean", "protected"):
        rank1 = figure(result, f"open set, {kind}", "rank1")
        assert rank1.n == 3 * PHOTOS
        assert "accuracy@k=3" in result.metrics[VICTIM.name][f"open set, {kind}"]
        assert figure(result, f"open set, {kind}, verification", "eer").n == 60 * 59 // 2
    clean = value(result, "open set, clean", "rank1")
    change = value(result, "open set, protected", "rank1_change")
    assert clean > 0.6  # a third by chance
    assert change == pytest.approx(value(result, "open set, protected", "rank1") - clean)
    assert "rank5" not in result.metrics[VICTIM.name]["open set, clean"]
    assert "eer_change" in result.metrics[VICTIM.name]["open set, protected, verification"]
    assert len(result.data) == 2


@pytest.mark.parametrize(
    "defence",
    [
        "grey+jpeg75+noise4+cutout8+mixup1+pgd4x2",
        "photo-half",
        "dpsgd1x0.1",
        "bits5+fgsm4",
    ],
)
def test_every_defence_has_its_cases_beside_none(run: Run, tmp_path: Path, defence: str) -> None:
    copies = write_people(tmp_path / "copies")
    result = run(victims=(QUICK,), protected=copies, defences=(defence,))
    assert list(result.metrics[VICTIM.name]) == [
        "closed set, clean",
        "closed set, protected",
        f"closed set, clean, {defence}",
        f"closed set, protected, {defence}",
    ]
    told = result.settings["defences"]
    assert isinstance(told, dict)
    assert list(told) == ["none", defence]
    assert "+".join([*told[defence]["always"], *told[defence]["at_training_only"]]) == defence


def test_a_purifier_learns_from_people_who_are_set_aside(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = PurifierTraining(patch_steps=2, patches=2, patch_side=16, guided_steps=0)
    monkeypatch.setattr(train_runs, "PurifierTraining", lambda **_: short)
    progress = Watching()
    settings: dict[str, Any] = {
        "victims": (QUICK,),
        "protected": write_people(tmp_path / "poisoned", same_for_each_person),
        "defences": ("purifier",),
        "learning_people": 2,
        "edit_on": EditOn.TRAINING,
    }
    result = run(progress=progress, **settings)
    assert result.protocol["set_aside"] == 2
    assert figure(result, "closed set, protected, purifier").n == (PEOPLE - 2) * 4
    assert [path.suffix for path in (tmp_path / "out" / "learned").iterdir()] == [".safetensors"]
    with pytest.raises(SettingsError, match="leave too few"):
        run(**{**settings, "learning_people": PEOPLE - 1})


def test_a_run_that_was_stopped_goes_on_with_what_is_trained(run: Run, tmp_path: Path) -> None:
    victim = replace(VICTIM, training=replace(TRAINING, epochs=2))
    settings: dict[str, Any] = {
        "victims": (victim,),
        "protected": write_people(tmp_path / "poisoned", same_for_each_person),
    }
    whole = run(**settings, output=tmp_path / "whole")
    steps = PEOPLE * 16 // TRAINING.batch_size  # of an epoch
    with pytest.raises(KeyboardInterrupt):
        run(progress=Watching(interrupt_at=3 * steps + 1), **settings)  # in the second one's second epoch
    progress = Watching()
    resumed = run(progress=progress, **settings)
    assert resumed.metrics == whole.metrics
    assert progress.steps["training"] == 2 * steps  # those of the second victim, one epoch of it told at once
    again = Watching()
    assert run(progress=again, **settings).metrics == whole.metrics
    assert again.steps["training"] == 0


def test_what_another_tool_left_out_or_made_unrecognisable_is_not_trained_on(
    run: Run, tmp_path: Path
) -> None:
    folder = write_people(tmp_path / "protected", people=range(PEOPLE - 1))
    (folder / "p0" / "00.png").unlink()
    (folder / "p0" / "01.png").write_bytes(plain(0))
    (folder / "p1" / "00.png").write_text("this is a text")
    result = run(victims=(QUICK,), protected=folder)
    told = result.settings["protected"]["closed set"]  # type: ignore[index,call-overload]
    assert told["people"] == PEOPLE - 1
    assert told["photos"] == (PEOPLE - 1) * 16 - 1
    assert told["photos_without_a_face"] == 2
    assert any(
        "1 training photos of protected people have no protected" in text for text in result.not_measured
    )
    assert any("2 protected training photos cannot be read" in text for text in result.not_measured)
    assert any("1 of 7 people have no protected photos" in text for text in result.not_measured)
    assert figure(result, "closed set, protected, other people").n == 4
    protected = figure(result, "closed set, protected", "accuracy_training")
    assert protected.n == figure(result, "closed set, clean", "accuracy_training").n - 3


def test_photos_are_protected_written_and_read_again(run: Run, tmp_path: Path) -> None:
    guard = FakeGuard()
    settings: dict[str, Any] = {
        "victims": (QUICK,),
        "cases": (TrainCase.CLOSED, TrainCase.PARTIAL),
        "crafting": Crafting("cloak"),
        "share": 0.3,
    }
    result = run(guard=guard, **settings)
    assert guard.protected == PEOPLE * 16
    assert result.settings["method"] == "fake"
    assert result.cost["seconds_per_photo"].n == PEOPLE * 16
    assert result.protocol["cases"]["partial"]["people_trained_on"] == PEOPLE  # type: ignore[index,call-overload]
    assert result.quality["closed set, protected"]["largest_change"].value > 100  # type: ignore[operator]
    # The clean victim is the same in both cases, and trained once.
    assert figure(result, "partial, clean").value == figure(result, "closed set, clean").value
    files = [path.name for path in (tmp_path / "out" / "victims").rglob("*.safetensors")]
    assert sorted(name.split("-")[0] for name in files) == ["clean", "protected", "protected"]
    run(guard=guard, **settings)
    assert guard.protected == PEOPLE * 16


def test_a_method_against_enrolment_is_said_to_be_one(run: Run) -> None:
    guard = FakeGuard()
    result = run(guard=guard, victims=(QUICK,), crafting=Crafting("cloak"))
    assert any("cloak is made against enrolment" in text for text in result.not_measured)


@pytest.mark.parametrize("case", [TrainCase.CLOSED, TrainCase.PARTIAL])
def test_a_poison_is_told_who_is_on_each_photo(run: Run, tmp_path: Path, case: TrainCase) -> None:
    result = run(
        victims=(QUICK,), cases=(case,), crafting=Crafting("separable", "high"), protected_identities=3
    )
    assert result.settings["method"] == "separable"
    people = 3 if case is TrainCase.PARTIAL else PEOPLE
    told = result.settings["protected"][case.value]  # type: ignore[index,call-overload]
    assert (told["people"], told["photos"]) == (people, people * 16)
    assert result.cost["seconds_per_photo"].n == people * 16
    assert not any("enrolment" in text for text in result.not_measured)
    written = sorted((tmp_path / "out" / "protected").rglob("p0/*.png"))
    assert len(written) == 16
    # All photos of one person wear the same pattern.
    worn = [
        np.asarray(Image.open(path)).astype(int)
        - np.asarray(Image.open(tmp_path / "clean" / "p0" / path.name))
        for path in written[:2]
    ]
    assert np.abs(worn[0]).max() > 4
    assert np.corrcoef(worn[0].ravel(), worn[1].ravel())[0, 1] > 0.8


def test_clean_victims_can_be_measured_alone(run: Run) -> None:
    result = run(victims=(QUICK,))
    assert list(result.metrics[VICTIM.name]) == ["closed set, clean"]
    assert any("trained on clean ones alone" in text for text in result.not_measured)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"cases": (TrainCase.PARTIAL,)}, "the partial case is about protected photos"),
        ({"cases": ()}, "cases: name at least one"),
        ({"seeds": ()}, "seeds: name at least one"),
        ({"train_photos": 0}, "train_photos must be at least 1"),
        ({"train_photos": PHOTOS}, "0 people have usable photos to train on and others to test on"),
        ({"cases": (TrainCase.OPEN,), "kept_out": 1.0}, "kept_out is a share above 0 and below 1"),
        ({"cases": (TrainCase.OPEN,), "kept_out": 0.1}, "the open set needs two or more"),
        ({"cases": (TrainCase.OPEN,), "kept_out": 0.9}, "leave 1 to train on"),
        ({"lfw": Path("lfw")}, "verification belongs to the open set"),
        ({"cases": (TrainCase.OPEN,), "lfw": Path("nowhere")}, "nowhere: no such file or folder"),
        ({"share": 0.2, "protected_identities": 2}, "not both"),
        ({"defences": ("magic",)}, "no defence 'magic'"),
        ({"defences": ("purifier",)}, "a purifier learns from protected photos"),
        ({"victims": (VICTIM, VICTIM)}, "have the same name"),
        ({"crafting": Crafting(), "protected": Path("x")}, "not by both"),
        ({"protected": Path("nowhere")}, "nowhere: no such folder of protected photos"),
    ],
)
def test_what_cannot_be_measured_is_refused(run: Run, settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        run(**settings)


@pytest.mark.parametrize(
    ("count", "complaint"),
    [(PEOPLE, "protects some of 7 people and leaves others, not 7"), (5, "there are protected photos of 3")],
)
def test_the_partial_case_needs_some_and_others(run: Run, tmp_path: Path, count: int, complaint: str) -> None:
    folder = write_people(tmp_path / "protected", people=range(3))
    with pytest.raises(SettingsError, match=complaint):
        run(cases=(TrainCase.PARTIAL,), protected=folder, protected_identities=count)


def test_in_the_partial_case_whoever_is_protected_already_is_who_is_protected(
    run: Run, tmp_path: Path
) -> None:
    folder = write_people(tmp_path / "protected", people=range(3))
    result = run(victims=(QUICK,), cases=(TrainCase.PARTIAL,), protected=folder)
    assert figure(result, "partial, protected, protected people").n == 3 * 4
