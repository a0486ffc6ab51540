"""The joint protector: labelled photos through the album's pipeline, masks kept and worn again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from faceguard import methods
from faceguard.album.outcome import Status
from faceguard.album.protecting import protect_album
from faceguard.engine.masks import Masks
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.joint_protector import JointProtector
from faceguard.labels import FolderLabels, OneLabel
from faceguard.methods.joint_method import JointMethod
from tests.faceguard.middle_detector import MiddleDetector
from tests.faceguard.two_people import change, two_people


@pytest.fixture(autouse=True)
def _middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "load", lambda *_: MiddleDetector())


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two people with two photos each."""
    return two_people(tmp_path / "people")


_LOAD = methods.load_joint_method


def run(guard: JointProtector, people: Path, output: Path) -> list[Status]:
    return [outcome.status for outcome in protect_album(guard, [people], output)]


def quick(name: str, epsilon: float, surrogates: object = None) -> JointMethod:
    poison = _LOAD(name, epsilon)
    if name == "clusters":
        return replace(poison, steps=2)  # type: ignore[type-var]
    fields = {"train_steps": 1, "fewest_rounds": 1, "most_rounds": 1}
    return replace(poison, **fields) if name.startswith("error") else poison  # type: ignore[type-var]


@pytest.mark.parametrize("method", ["separable", "error-minimizing", "error-minimizing-classwise"])
def test_photos_are_protected_within_the_budget(
    method: str, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "load_joint_method", quick)
    guard = JointProtector(FolderLabels((people,)), method=method, device="cpu")
    assert run(guard, people, tmp_path / "out") == [Status.PROTECTED] * 4
    for source in people.rglob("*.png"):
        moved = change(source, tmp_path / "out" / source.relative_to(people))
        assert np.abs(moved).max() <= 8
        assert (moved > 0).any()
        assert (moved < 0).any()


def test_a_run_that_stopped_goes_on_to_the_same_files(people: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(JointProtector(FolderLabels((people,)), method="separable", device="cpu"), people, whole)
    guard = JointProtector(FolderLabels((people,)), method="separable", device="cpu")
    assert next(protect_album(guard, [people], parts, batch_faces=1)).status is Status.PROTECTED
    statuses = run(JointProtector(FolderLabels((people,)), method="separable", device="cpu"), people, parts)
    assert statuses.count(Status.DONE_BEFORE) == 1
    for path in whole.rglob("*.png"):
        assert path.read_bytes() == (parts / path.relative_to(whole)).read_bytes()


def test_kept_masks_are_worn_by_new_photos_of_the_same_people(people: Path, tmp_path: Path) -> None:
    kept = tmp_path / "masks.safetensors"
    guard = JointProtector(FolderLabels((people,)), method="separable", device="cpu", keep_masks=kept)
    run(guard, people, tmp_path / "out")
    again = JointProtector(FolderLabels((people,)), method="separable", device="cpu", masks=kept)
    run(again, people, tmp_path / "again")
    one = Path("anna") / "1.png"
    assert (tmp_path / "out" / one).read_bytes() == (tmp_path / "again" / one).read_bytes()
    (people / "anna").rename(people / "carl")
    outcomes = list(protect_album(again, [people], tmp_path / "new"))
    failed = [outcome for outcome in outcomes if outcome.status is Status.FAILED]
    assert [outcome.relative.parts[0] for outcome in failed] == ["carl", "carl"]
    assert "no mask for carl" in failed[0].reason


def test_people_keep_their_masks_when_photos_are_added(people: Path, tmp_path: Path) -> None:
    output, kept = tmp_path / "out", tmp_path / "masks.safetensors"

    def protect(seed: int = 0) -> dict[str, torch.Tensor]:
        # Without labels: this mask depends on all the photos there are.
        run(JointProtector(method="separable", device="cpu", keep_masks=kept, seed=seed), people, output)
        return dict(Masks.read(kept).of)

    before = protect()
    Image.new("RGB", (240, 200), (90, 120, 150)).save(people / "anna" / "3.png")
    assert torch.equal(protect()["album"], before["album"])
    moved = change(people / "anna" / "3.png", output / "anna" / "3.png")
    assert np.abs(moved).max() == 8
    Image.new("RGB", (240, 200), (150, 120, 90)).save(people / "anna" / "4.png")
    assert not torch.equal(protect(seed=1)["album"], before["album"])


def test_albums_of_one_person_do_not_share_a_mask(people: Path, tmp_path: Path) -> None:
    masks = []
    for name in ("anna", "bodo"):
        kept = tmp_path / f"{name}.safetensors"
        run(JointProtector(method="separable", device="cpu", keep_masks=kept), people / name, tmp_path / name)
        masks.append(Masks.read(kept).of["album"])
    assert not torch.equal(*masks)


def test_what_cannot_work_is_refused(people: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least 2 people"):
        JointProtector(method="error-minimizing")
    with pytest.raises(SettingsError, match="against enrolment"):
        JointProtector(method="cloak")
    with pytest.raises(SettingsError, match="method is a name, such as 'separable', not"):
        JointProtector(method=["separable"])  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="surrogates is a list of names"):
        JointProtector(method="person-mask", surrogates=5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="at least one surrogate"):
        JointProtector(method="person-mask", surrogates=[])
    with pytest.raises(SettingsError, match="keep_masks is a path, not 5"):
        JointProtector(method="separable", keep_masks=5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="on_round is a function to call, or None, not 5"):
        JointProtector(FolderLabels((people,)), method="separable", device="cpu", on_round=5)  # type: ignore[arg-type]
    guard = JointProtector(FolderLabels((people,)), method="separable", device="cpu")
    with pytest.raises(SettingsError, match="cancel is a faceguard"):
        guard.prepare(guard.people(), cancel=5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="cancel is a faceguard"):
        guard.protect_photos([], cancel=5)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no masks"):
        JointProtector(FolderLabels((people,)), method="targeted", masks=tmp_path / "any")
    guard = JointProtector(FolderLabels((people,)), method="targeted", device="cpu")
    (people / "bodo").rename(tmp_path / "bodo")
    with pytest.raises(SettingsError, match="the labels name 1"):
        run(guard, people, tmp_path / "out")


def test_photos_without_a_label_fail_alone(people: Path, tmp_path: Path) -> None:
    (people / "anna" / "1.png").rename(people / "stray.png")
    guard = JointProtector(FolderLabels((people,)), method="separable", device="cpu")
    outcomes = {o.relative.name: o for o in protect_album(guard, [people], tmp_path / "out")}
    assert outcomes["stray.png"].status is Status.FAILED
    assert "no person's folder" in outcomes["stray.png"].reason
    assert sum(o.status is Status.PROTECTED for o in protect_album(guard, [people], tmp_path / "two")) == 3


def test_clusters_need_no_labels_and_new_photos_wear_their_masks(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "load_joint_method", quick)
    kept = tmp_path / "masks.safetensors"
    run(JointProtector(method="clusters", device="cpu", keep_masks=kept), people, tmp_path / "out")
    masks = Masks.read(kept)
    assert set(masks.of) == set(masks.centres)
    assert all(centre.shape == (128,) for centre in masks.centres.values())
    strays = tmp_path / "strays"
    strays.mkdir()
    (people / "anna" / "1.png").rename(strays / "new.png")
    again = JointProtector(method="clusters", device="cpu", masks=kept)
    assert run(again, strays, tmp_path / "again") == [Status.PROTECTED]
    before = (tmp_path / "out" / "anna" / "1.png").read_bytes()
    assert (tmp_path / "again" / "new.png").read_bytes() == before
    moved = change(strays / "new.png", tmp_path / "again" / "new.png")
    assert 0 < np.abs(moved).max() <= 8
    with pytest.raises(SettingsError, match="holds masks of clusters, not of separable"):
        JointProtector(method="separable", device="cpu", masks=kept)


def test_masks_of_named_people_need_labels(people: Path, tmp_path: Path) -> None:
    kept = tmp_path / "masks.safetensors"
    labelled = JointProtector(FolderLabels((people,)), method="separable", device="cpu", keep_masks=kept)
    run(labelled, people, tmp_path / "out")
    with pytest.raises(SettingsError, match="the masks are those of anna, bodo: labels must say who"):
        JointProtector(method="separable", device="cpu", masks=kept)
    with pytest.raises(SettingsError, match="there is no mask for carl, only for anna, bodo"):
        JointProtector(OneLabel("carl"), method="separable", device="cpu", masks=kept)
    anna = JointProtector(OneLabel("anna"), method="separable", device="cpu", masks=kept)
    assert Status.PROTECTED in run(anna, people / "anna", tmp_path / "anna")


def test_paths_may_be_texts(people: Path, tmp_path: Path) -> None:
    kept = str(tmp_path / "masks.safetensors")
    labels = FolderLabels((people,))
    guard = JointProtector(labels, method="separable", device="cpu", keep_masks=kept)
    assert {o.status for o in guard.protect_album(people, tmp_path / "out")} == {Status.PROTECTED}
    assert JointProtector(labels, method="separable", device="cpu", masks=kept).settings["masks"] is not None


@pytest.mark.parametrize("labels", ["folders", Path("labels.txt"), {"a.jpg": "anna"}])
def test_labels_of_another_kind_are_refused(labels: object) -> None:
    with pytest.raises(SettingsError, match="labels are OneLabel, FolderLabels or FileLabels, not"):
        JointProtector(labels, method="separable", device="cpu")  # type: ignore[arg-type]
