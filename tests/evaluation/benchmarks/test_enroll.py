"""The enrolment protocol on people and a protection whose effect is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from evaluation.benchmarks.enroll_settings import Case, Crafting, EditOn, EnrollSettings
from evaluation.benchmarks.workbench import DataSettings
from evaluation.result_files import read_result, write_result
from evaluation.results import Curve
from faceguard.errors import FaceguardError, SettingsError
from tests.evaluation.benchmarks.made_bench import enrolled
from tests.evaluation.fakes import FakeGuard, plain, portrait

pytestmark = pytest.mark.usefixtures("fake_tracker")

People = Callable[..., Path]


def mean_similarity(curves: Mapping[str, Curve]) -> float:
    """The mean of a histogram of probes against the own gallery."""
    edges = np.array(curves["genuine"].x)
    return float((edges[1:] + edges[:-1]) / 2 @ np.array(curves["genuine"].y))


def test_the_four_cases(made_people: People, tmp_path: Path) -> None:
    result = enrolled(made_people(people=10), tmp_path / "out")
    figures = result.metrics["fake"]
    rank1 = {case: its["rank1"].value for case, its in figures.items()}
    # The guard turns colours around: protected photos are like each other, and like nobody's clean ones.
    assert rank1 == {
        "clean/protected": 0.0,
        "clean/clean": 1.0,
        "protected/protected": 1.0,
        "protected/clean": 0.0,
    }
    main = figures["clean/protected"]
    assert main["protection_rate"].value == 1
    assert main["rank1_change"].value == -1
    assert main["rank1"].n == 4  # two probes of each of the two users
    assert result.protocol["users"] == 2


def test_the_users_are_every_fifth_and_the_gallery_is_the_first_half(
    made_people: People, tmp_path: Path
) -> None:
    guard = FakeGuard()
    root = made_people(people=11, photos=5)
    enrolled(root, tmp_path / "out", guard, cases=(Case.PROTECTED_GALLERY,))
    written = {path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.png")}
    assert {(path.parts[2], path.parts[3], path.name) for path in written} == {
        (person, "gallery", f"{number}.png") for person in ("p0", "p4", "p9") for number in (0, 1)
    }


def test_a_user_at_a_time(made_people: People, tmp_path: Path) -> None:
    """While one user is protected all others are clean: who is protected alone would otherwise be found."""
    result = enrolled(made_people(people=6), tmp_path / "out", every=1)
    assert result.metrics["fake"]["protected/protected"]["rank1"].value == 1
    assert result.metrics["fake"]["clean/clean"]["rank1"].value == 1
    sums = result.per_person["fake"]["clean/protected"]["rank1"]
    assert sums == ((0.0, 2),) * 6


def test_an_interval_over_persons(made_people: People, tmp_path: Path) -> None:
    rank1 = enrolled(made_people(people=6), tmp_path / "out", every=1).metrics["fake"]["clean/protected"][
        "rank1"
    ]
    assert (rank1.value, rank1.low, rank1.persons, rank1.n) == (0, 0, 6, 12)
    assert rank1.high is not None
    assert 0.2 < rank1.high < 0.6


def test_photos_of_no_use_do_not_move_the_line(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=5, photos=4)
    (root / "p0" / "0.png").write_bytes(plain(5))
    (root / "p0" / "3.png").write_bytes(b"text")
    result = enrolled(root, tmp_path / "out", cases=(Case.PROTECTED_GALLERY, Case.CLEAN))
    assert result.metrics["fake"]["clean/clean"]["rank1"].n == 1
    assert not list((tmp_path / "out").rglob("0.png"))
    assert any("1 of 2 gallery photos of users are of no use" in text for text in result.not_measured)
    assert any("1 of 2 probes are of no use" in text for text in result.not_measured)
    assert result.protocol["left_out"] == {"unreadable": 1, "no face found": 1}


def test_a_gallery_that_escaped_in_part_names_the_user(made_people: People, tmp_path: Path) -> None:
    result = enrolled(made_people(people=5), tmp_path / "out", defenders=("mixed50",))
    figures = result.metrics["fake"]
    assert figures["clean/protected"]["rank1"].value == 0
    assert figures["clean/protected, mixed50"]["rank1"].value == 1


def test_trackers_and_defenders_have_cases_of_their_own(made_people: People, tmp_path: Path) -> None:
    result = enrolled(
        made_people(people=5),
        tmp_path / "out",
        trackers=("nearest", "centroid"),
        defenders=("grey", "half+jpeg75"),
    )
    two = ("clean/protected", "clean/clean")
    four = (*two, "protected/protected", "protected/clean")
    wanted = [*four, *(f"{case}, centroid" for case in four)]
    for name in ("grey", "half+jpeg75"):
        wanted += [f"{case}{tracker}, {name}" for tracker in ("", ", centroid") for case in two]
    assert list(result.metrics["fake"]) == wanted


@pytest.mark.parametrize(("edit_on", "looks"), [(EditOn.PROTECTED, 1), (EditOn.GALLERY, 2), (EditOn.ALL, 3)])
def test_edits_go_over_what_they_are_told(
    made_people: People, tmp_path: Path, edit_on: EditOn, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.trackers.pipeline import Pipeline

    edited: set[str] = set()
    look = Pipeline.look

    def remembered(self: Pipeline, photos: list, edit: object = None, **more: object) -> list:
        if edit is not None and getattr(edit, "name", ""):
            edited.update(f"{photo.source}" for photo in photos)
        return look(self, photos, edit) if edit is not None else look(self, photos)

    monkeypatch.setattr(Pipeline, "look", remembered)
    root = made_people(people=5)
    enrolled(
        root,
        tmp_path / "out",
        defenders=("grey",),
        edit_on=edit_on,
        cases=(Case.PROTECTED_GALLERY, Case.CLEAN),
    )
    other, probe = str(root / "p1" / "0.png"), str(root / "p0" / "2.png")
    assert any("protected" in source for source in edited)
    assert (other in edited, probe in edited) == (looks > 1, looks > 2)


def test_the_oblivious_defender_runs_what_was_not_used_in_crafting(
    made_people: People, tmp_path: Path
) -> None:
    root = made_people(people=5)
    crafting = Crafting(surrogates=("fake",))
    result = enrolled(
        root, tmp_path / "out", recognizers=("fake", "other"), crafting=crafting, defenders=("oblivious",)
    )
    assert "clean/protected, oblivious" in result.metrics["other"]
    assert "clean/protected, oblivious" not in result.metrics["fake"]
    assert result.settings["oblivious"] == ["other"]
    with pytest.raises(SettingsError, match="never used in crafting"):
        enrolled(root, tmp_path / "out", crafting=crafting, defenders=("oblivious",))


def test_learned_defenders_learn_from_other_people(
    made_people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.benchmarks import learned_defenders
    from evaluation.defenders.adaptive import AdaptiveTraining, train_adaptive
    from evaluation.defenders.purifier import PurifierTraining, train_purifier

    trained = []

    def quick(train: Callable, settings: object) -> Callable:
        def run(recognizer: object, pairs: object, *rest: object) -> object:
            trained.append((train.__name__, len(pairs)))
            return train(recognizer, pairs, *rest, settings)

        return run

    monkeypatch.setattr(
        learned_defenders, "train_adaptive", quick(train_adaptive, AdaptiveTraining(steps=150, rate=1e-2))
    )
    monkeypatch.setattr(
        learned_defenders,
        "train_purifier",
        quick(train_purifier, PurifierTraining(patch_steps=2, guided_steps=1)),
    )
    root = made_people(people=10)
    for _ in range(2):
        result = enrolled(root, tmp_path / "out", defenders=("adaptive", "purifier"), learning_people=6)
    assert trained == [("train_adaptive", 12), ("train_purifier", 12)]  # 6 people, 2 photos each, once
    curves = result.curves["fake"]
    before = mean_similarity(curves["clean/protected"])
    assert mean_similarity(curves["clean/protected, adaptive"]) > before + 0.005
    assert mean_similarity(curves["clean/protected, purifier"]) != before
    assert result.settings["learning_photos"] == 12
    learners = {path.parent.parent.name for path in (tmp_path / "out").rglob("*.png")} - {"p0", "p5"}
    assert len(learners) == 6


def test_too_few_others_to_learn_from_are_refused(made_people: People, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="8 pairs of photos or more, not 4"):
        enrolled(made_people(people=3), tmp_path / "out", defenders=("purifier",))


def test_a_second_run_protects_and_embeds_nothing(made_people: People, tmp_path: Path) -> None:
    root, guards, results = made_people(people=5), [FakeGuard(), FakeGuard()], []
    for guard in guards:
        results.append(enrolled(root, tmp_path / "out", guard, cache=tmp_path / "cache"))
    assert [guard.protected for guard in guards] == [4, 0]
    assert results[0].metrics == results[1].metrics
    assert results[0].cost["seconds_per_face"] == results[1].cost["seconds_per_face"]
    assert results[0].cost["seconds_per_face"].n == 4


def test_a_run_that_was_stopped_goes_on(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=10)

    class Stopped(FakeGuard):
        def protect_photos(self, *arguments: object) -> list:
            if self.protected == 2:
                raise KeyboardInterrupt
            return super().protect_photos(*arguments)

    with pytest.raises(KeyboardInterrupt):
        enrolled(root, tmp_path / "out", Stopped())
    guard = FakeGuard()
    result = enrolled(root, tmp_path / "out", guard)
    assert guard.protected == 6
    assert result.metrics["fake"]["clean/protected"]["rank1"].n == 4


def test_other_settings_are_other_files(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=5)
    guards = [FakeGuard("v1"), FakeGuard("v2")]
    for guard in guards:
        enrolled(root, tmp_path / "out", guard)
    assert [guard.protected for guard in guards] == [4, 4]


def test_versions_of_any_tool(made_people: People, tmp_path: Path) -> None:
    root = made_people(people=6)
    for person in ("p1", "p4"):
        (tmp_path / "cloaked" / person).mkdir(parents=True)
        (tmp_path / "cloaked" / person / "0_cloaked.png").write_bytes(portrait(77, 0))
    result = enrolled(root, tmp_path / "out", protected=tmp_path / "cloaked", suffix="_cloaked")
    figures = result.metrics["fake"]
    assert list(figures) == ["clean/protected", "clean/clean"]
    assert (figures["clean/protected"]["rank1"].value, figures["clean/protected"]["rank1"].n) == (0, 4)
    assert "2 gallery photos of users have no protected version" in result.not_measured[-1]
    assert result.quality["clean/protected"]["psnr"].n == 2


def test_the_result_can_be_written_and_read(made_people: People, tmp_path: Path) -> None:
    result = enrolled(made_people(people=5), tmp_path / "out")
    assert read_result(write_result(result, tmp_path / "out")).to_json() == result.to_json()
    assert result.quality["clean/protected"]["largest_change"].value > 0


def test_similarities_before_and_after_are_drawn(made_people: People, tmp_path: Path) -> None:
    curves = enrolled(made_people(people=5), tmp_path / "out").curves["fake"]
    assert mean_similarity(curves["clean/clean"]) > mean_similarity(curves["clean/protected"]) + 0.5


def test_a_photo_that_cannot_be_protected_stops_the_run(made_people: People, tmp_path: Path) -> None:
    class Broken(FakeGuard):
        def protect_photos(self, *arguments: object) -> list:
            raise ValueError("no")

    with pytest.raises(FaceguardError, match=r"0\.png: .*no"):
        enrolled(made_people(people=5), tmp_path / "out", Broken())


def test_users_without_usable_probes_are_refused(made_people: People, tmp_path: Path) -> None:
    root, guard = made_people(people=5), FakeGuard()
    for number in (2, 3):
        (root / "p0" / f"{number}.png").write_bytes(plain(5))
    with pytest.raises(SettingsError, match="nobody to be looked for"):
        enrolled(root, tmp_path / "out", guard)
    assert guard.protected == 0


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"every": 0}, "every must be at least 1"),
        ({"gallery_photos": 0}, "at least 1 photo"),
        ({"cases": (Case.CLEAN,)}, "clean/protected is what is measured"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=complaint):
        EnrollSettings(DataSettings(tmp_path), tmp_path, **settings)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"trackers": ("oracle",)}, "no tracker 'oracle'"),
        ({"defenders": ("wash",)}, "no defender 'wash'"),
        ({"gallery_photos": 4}, "0 people have 5 photos or more"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_protected(
    made_people: People, tmp_path: Path, settings: dict, complaint: str
) -> None:
    guard = FakeGuard()
    with pytest.raises(SettingsError, match=complaint):
        enrolled(made_people(), tmp_path / "out", guard, **settings)
    assert guard.protected == 0
