"""Person masks and combined protection through the album's pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceguard import methods
from faceguard.album.limits import limits_of
from faceguard.album.outcome import Status
from faceguard.album.protecting import protect_album
from faceguard.engine.masks import Masks
from faceguard.engine.solver import Solver
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.joint_protector import JointProtector
from faceguard.labels import FolderLabels
from faceguard.methods.combined import Combined
from faceguard.methods.joint_method import JointMethod
from faceguard.methods.person_mask import PersonMask
from faceguard.people import strangers
from faceguard.protector import Protector
from tests.faceguard.methods.linear_surrogate import use_linear_surrogate
from tests.faceguard.middle_detector import MiddleDetector
from tests.faceguard.two_people import change, two_people

_LOAD = methods.load_joint_method


def quick(name: str, epsilon: float, surrogates: Sequence[str] | None = None) -> JointMethod:
    """The method with fewer steps."""
    method = _LOAD(name, epsilon, surrogates)
    if isinstance(method, PersonMask):
        return replace(method, steps=12)
    return replace(method, solver=Solver(steps=25)) if isinstance(method, Combined) else method


@pytest.fixture(autouse=True)
def _without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "load", lambda *_: MiddleDetector())
    use_linear_surrogate(monkeypatch)
    monkeypatch.setattr(methods, "load_joint_method", quick)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two people with two photos each."""
    return two_people(tmp_path / "people")


@pytest.mark.parametrize("method", ["person-mask", "combined"])
def test_labelled_photos_are_protected_within_the_budget_and_looked_at(
    method: str, people: Path, tmp_path: Path
) -> None:
    guard = JointProtector(FolderLabels((people,)), method=method, device="cpu", surrogates=["linear"])
    outcomes = list(protect_album(guard, [people], tmp_path / "out"))
    assert [outcome.status for outcome in outcomes] == [Status.PROTECTED] * 4
    for outcome in outcomes:
        moved = change(outcome.source, tmp_path / "out" / outcome.relative)
        assert 7 <= np.abs(moved).max() <= 8
        assert outcome.result is not None
        (similarity,) = outcome.result.similarity["linear"]
        assert similarity.after < similarity.before - 0.01
    assert guard.settings["threat"] == methods.threat_of(method)


def test_other_strangers_are_other_settings_where_they_count(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method, counts in (("combined", True), ("person-mask", False)):
        guard = JointProtector(FolderLabels((people,)), method=method, device="cpu", surrogates=["linear"])
        keys = []
        for packages in (["scikit-image"], ["scikit-image", "insightface"]):
            monkeypatch.setattr(strangers, "packages", lambda packages=packages: packages)
            keys.append(guard.settings_key)
        assert (keys[0] != keys[1]) == counts


def test_a_mask_is_worn_by_photos_it_was_not_learned_from(people: Path, tmp_path: Path) -> None:
    kept = tmp_path / "masks.safetensors"
    new = tmp_path / "new" / "anna" / "3.png"
    new.parent.mkdir(parents=True)
    Image.new("RGB", (240, 200), (90, 120, 150)).save(new)
    guard = JointProtector(FolderLabels((people,)), method="person-mask", device="cpu", keep_masks=kept)
    list(protect_album(guard, [people], tmp_path / "out"))
    wearing = JointProtector(
        FolderLabels((tmp_path / "new",)), method="person-mask", device="cpu", masks=kept
    )
    (outcome,) = protect_album(wearing, [tmp_path / "new"], tmp_path / "worn")
    moved = change(new, tmp_path / "worn" / outcome.relative)
    mask = Masks.read(kept).of["anna"]
    assert 0 < np.abs(moved).max() <= np.ceil(float(mask.abs().max()) * 255)


def test_an_album_without_labels_shows_one_person(people: Path, tmp_path: Path) -> None:
    kept = tmp_path / "masks.safetensors"
    guard = JointProtector(method="person-mask", device="cpu", keep_masks=kept)
    list(protect_album(guard, [people], tmp_path / "out"))
    assert list(Masks.read(kept).of) == ["album"]


def test_what_cannot_work_is_refused(people: Path) -> None:
    with pytest.raises(SettingsError, match="without a finished recogniser"):
        JointProtector(method="separable", surrogates=["dlib"])
    with pytest.raises(SettingsError, match="perturbs each photo its own way"):
        JointProtector(method="combined", masks=people / "any")
    for method in ("person-mask", "combined"):
        with pytest.raises(SettingsError, match="JointProtector"):
            Protector(method=method)


def test_reports_say_what_each_protection_does_not_do() -> None:
    both = " ".join(limits_of({"method": "combined", "threat": "both"}))
    assert "against enrolment" in both
    assert "against training" in both
    assert len(set(limits_of({"method": "combined", "threat": "both"}))) == len(
        limits_of({"method": "combined", "threat": "both"})
    )
    assert "the same mask" in limits_of({"method": "person-mask", "threat": "enrolment"})[0]
