"""Online alignment: each photo alone, the same whatever came before, from a key that is kept as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches, patches_of_crops
from faceguard.errors import SettingsError
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.alignment_target import TargetSettings
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.shared_pattern import SharedPattern
from faceguard.poisoned_crops import poisoned_crops
from recognizers import backbones
from recognizers.training.classifier import as_float
from tests.faceguard.methods.tiny_surrogate import EXTRACTION, LEARNING, TinySurrogate, photos
from tests.recognizers.tiny_training import CROP, PEOPLE, Tiny

EPSILON = 20.0
CPU = torch.device("cpu")
POISON = OnlineAlignment(
    Budget(EPSILON),
    surrogate=TinySurrogate(training=replace(LEARNING, epochs=6)),
    steps=8,
    extraction=EXTRACTION,
    shared=SharedPattern(blocks=4),
)
ALONE = replace(POISON, shared=SharedPattern(share=0, blocks=4))


def faces() -> LabelledPatches:
    return patches_of_crops(*photos(), CROP)


@pytest.fixture(scope="module")
def key() -> AlignmentKey:
    return POISON.key(faces(), CPU)


@pytest.fixture
def _tiny_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(backbones._KINDS, "tiny", Tiny)


def test_a_data_set_is_protected_photo_by_photo(key: AlignmentKey) -> None:
    every = faces()
    noise = POISON(every, CPU)
    for place in (23, 0, 11):
        alone = POISON.perturbation(key, every.patches[place], every.people[every.labels[place]])
        assert torch.equal(alone, noise.values[place])


def test_the_budget_holds_after_rounding_and_both_signs_are_used() -> None:
    crops, labels = photos()
    moved = poisoned_crops(POISON, crops, labels, crop=CROP).int() - crops.int()
    assert moved.abs().max() <= EPSILON
    assert (moved > 0).float().mean() > 0.2
    assert (moved < 0).float().mean() > 0.2


def test_what_the_surrogate_knew_it_names_wrongly(key: AlignmentKey) -> None:
    crops, labels = photos()
    some = list(range(0, len(crops), 3))
    poison = replace(POISON, steps=15)
    deltas = [poison.perturbation(key, faces().patches[i], str(int(labels[i]))) for i in some]
    shown = as_float(crops[some])
    clean, moved = (key.target.model.predict(c) == labels[some] for c in (shown, shown + torch.stack(deltas)))
    assert clean.float().mean() > 0.8
    assert moved.float().mean() < 0.5


def test_the_seed_and_the_photo_decide_everything(key: AlignmentKey) -> None:
    one, two = faces().patches[:2]
    assert torch.equal(POISON.perturbation(key, one, "0", 1), POISON.perturbation(key, one, "0", 1))
    assert not torch.equal(POISON.perturbation(key, one, "0", 1), POISON.perturbation(key, one, "0", 2))
    assert not torch.equal(POISON.perturbation(key, one, "0"), POISON.perturbation(key, two, "0"))
    assert not torch.equal(POISON.perturbation(key, one, "0"), POISON.perturbation(key, one, "1"))


def test_each_photo_pulls_more_along_the_target(key: AlignmentKey) -> None:
    crops, labels = photos()
    for place in (0, 10, 20):
        delta = ALONE.perturbation(key, faces().patches[place], str(int(labels[place])))
        clean, label = as_float(crops[place])[None], labels[place : place + 1]
        before, after = (key.target.pull(c, label).along.item() for c in (clean, clean + delta))
        assert after > before


def test_photos_of_a_person_wear_what_the_key_holds_for_them(key: AlignmentKey) -> None:
    every = faces()
    own, shared = ALONE.budget.epsilon / 255 / 4, ALONE.budget.epsilon / 255 * 3 / 4
    delta = torch.stack([POISON.perturbation(key, patch, "1") for patch in every.patches[6:9]])
    pixels = torch.stack([patch.canvas for patch in every.patches[6:9]])
    inside = (pixels > own + shared) & (pixels < 1 - own - shared)
    pattern = POISON.shared.dressed(every.patches[6], key.signs[1], POISON.budget).canvas - pixels[0]
    assert ((delta - pattern).abs() <= own + 1e-6)[inside].all()
    assert pattern.abs().max() <= shared + 1e-6
    assert key.signs.shape == (PEOPLE, 1, 4, 4)


@pytest.mark.usefixtures("_tiny_by_name")
@pytest.mark.parametrize("per_person", [True, False])
def test_a_key_is_read_as_it_was_written(per_person: bool, tmp_path: Path) -> None:
    target = TargetSettings(per_person=per_person, aligned=None, photos=0.5)
    poison = replace(POISON, target=target)
    key = poison.key(faces(), CPU, 5)
    key.write(tmp_path / "key.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["key.safetensors"]
    again = AlignmentKey.read(tmp_path / "key.safetensors")
    assert again.people == ("0", "1", "2", "3")
    assert again.settings["seed"] == 5
    assert again.settings["target"] == {
        "goal": "next",
        "per_person": per_person,
        "aligned": None,
        "photos": 0.5,
    }
    patch = faces().patches[3]
    assert torch.equal(poison.perturbation(again, patch, "0"), poison.perturbation(key, patch, "0"))


@pytest.mark.usefixtures("_tiny_by_name")
def test_files_that_are_no_key_are_refused(key: AlignmentKey, tmp_path: Path) -> None:
    path = tmp_path / "key.safetensors"
    with pytest.raises(SettingsError, match=r"key\.safetensors: cannot be read"):
        AlignmentKey.read(path)
    path.write_text("no tensors")
    with pytest.raises(SettingsError, match="cannot be read"):
        AlignmentKey.read(path)
    path.write_bytes(save({"model.any": torch.zeros(1)}, {"kind": "another"}))
    with pytest.raises(SettingsError, match="holds no alignment key"):
        AlignmentKey.read(path)
    key.write(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="SHA-256"):
        AlignmentKey.read(path)


def test_progress_counts_epochs_and_then_batches_of_photos(key: AlignmentKey) -> None:
    told: list[int] = []
    every = faces()
    replace(POISON, steps=1)(every, CPU, 0, lambda number, error: told.append(number))
    assert told == list(range(1, 6 + 1 + 1))
    told.clear()
    replace(POISON, steps=1)(every, CPU, 0, lambda number, error: told.append(number), key)
    assert told == [1]


def test_people_that_the_key_does_not_know_are_refused(key: AlignmentKey) -> None:
    with pytest.raises(SettingsError, match="nobody called 'carl'"):
        POISON.perturbation(key, faces().patches[0], "carl")
    crops, labels = photos()
    with pytest.raises(ValueError, match="two people"):
        POISON.key(patches_of_crops(crops[:6], labels[:6], CROP), CPU)
    assert len(key.people) == PEOPLE
