"""The stream: photos go in one at a time and come out protected, whatever came before."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from faceguard import methods
from faceguard.album.outcome import Status
from faceguard.album.protecting import protect_album
from faceguard.engine.budget import Budget
from faceguard.errors import SettingsError
from faceguard.faces import detectors
from faceguard.joint_protector import JointProtector
from faceguard.labels import FolderLabels
from faceguard.methods.alignment_key import AlignmentKey
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.surrogate_training import SurrogateTraining
from faceguard.photo_stream import PhotoStream, learn_key
from recognizers.training import TrainingSettings
from tests.faceguard.middle_detector import MiddleDetector

METHOD = OnlineAlignment(
    Budget(8.0), surrogate=SurrogateTraining(training=TrainingSettings(epochs=1, batch_size=4)), steps=2
)


@pytest.fixture(autouse=True)
def _middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "load", lambda *_: MiddleDetector())


def photo(seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(40, 215, (10, 12, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((240, 200)))


@pytest.fixture(scope="module")
def key() -> AlignmentKey:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(detectors, "load", lambda *_: MiddleDetector())
        shown = [(photo(seed), name) for seed, name in enumerate(["anna", "anna", "bodo", "bodo"])]
        return learn_key(shown, method=METHOD, device="cpu")


def test_photos_come_out_protected_one_by_one(key: AlignmentKey) -> None:
    stream = PhotoStream(key, method=METHOD, device="cpu")
    assert stream.people == ("anna", "bodo")
    taken: list[int] = []

    def coming() -> object:
        for seed in (7, 8, 9):
            taken.append(seed)
            yield photo(seed), "anna" if seed < 9 else "bodo"

    for number, result in enumerate(stream.protect_each(coming())):  # type: ignore[arg-type]
        assert len(taken) == number + 1  # it asks for no photo before the one before has left
        moved = result.pixels.astype(int) - photo(taken[-1]).astype(int)
        assert np.abs(moved).max() <= 8
        assert (moved > 0).any()
        assert (moved < 0).any()
        assert len(result.faces) == 1
        assert result.quality is not None
    # What came before does not matter: the last one, alone, in a new stream.
    alone = PhotoStream(key, method=METHOD, device="cpu").protect(photo(9), "bodo")
    assert np.array_equal(alone.pixels, result.pixels)
    file = BytesIO()
    Image.fromarray(photo(9)).save(file, "PNG")
    assert np.array_equal(stream.protect(file.getvalue(), "bodo").pixels, result.pixels)


def test_crops_pass_through_as_they_are(key: AlignmentKey) -> None:
    stream = PhotoStream(key, method=METHOD, device="cpu")
    crop = torch.from_numpy(photo(3)[:112, :112].copy()).permute(2, 0, 1)
    moved = stream.protect_crop(crop, "anna").int() - crop.int()
    assert moved.shape == (3, 112, 112)
    assert 0 < moved.abs().max() <= 8
    with pytest.raises(ValueError, match="uint8"):
        stream.protect_crop(crop.float(), "anna")


def test_a_stream_goes_on_from_a_file(key: AlignmentKey, tmp_path: Path) -> None:
    key.write(tmp_path / "key.safetensors")
    assert (tmp_path / "key.safetensors").stat().st_mode & 0o077 == 0
    stream = PhotoStream(tmp_path / "key.safetensors", method=METHOD, device="cpu")
    wanted = PhotoStream(key, method=METHOD, device="cpu").protect(photo(5), "bodo")
    assert np.array_equal(stream.protect(photo(5), "bodo").pixels, wanted.pixels)


def test_a_data_set_leaves_the_key_that_later_photos_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "load_joint_method", lambda name, epsilon, *_: METHOD)
    people, kept = tmp_path / "people", tmp_path / "key.safetensors"
    for seed, name in enumerate(("anna/1", "anna/2", "bodo/1", "bodo/2")):
        path = people / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(seed)).save(path)
    options = {"method": "gradient-alignment-online", "device": "cpu", "keep_key": kept}

    def protect(output: str) -> list[Status]:
        guard = JointProtector(FolderLabels((people,)), **options)  # type: ignore[arg-type]
        return [outcome.status for outcome in protect_album(guard, [people], tmp_path / output)]

    assert protect("out") == [Status.PROTECTED] * 4
    written = kept.read_bytes()
    alone = PhotoStream(kept, method=METHOD, device="cpu").protect(people / "bodo" / "2.png", "bodo")
    assert np.array_equal(alone.pixels, np.asarray(Image.open(tmp_path / "out" / "bodo" / "2.png")))
    assert protect("again") == [Status.PROTECTED] * 4
    assert kept.read_bytes() == written
    (people / "bodo").rename(people / "carl")
    assert protect("new") == [Status.PROTECTED] * 4
    assert AlignmentKey.read(kept).people == ("anna", "carl")


def test_what_cannot_work_is_refused(key: AlignmentKey, tmp_path: Path) -> None:
    stream = PhotoStream(key, method=METHOD, device="cpu")
    with pytest.raises(SettingsError, match="nobody called 'carl'"):
        stream.protect(photo(1), "carl")
    with pytest.raises(SettingsError, match="cannot be read as a key"):
        PhotoStream(tmp_path / "none.safetensors", device="cpu")
    with pytest.raises(SettingsError, match="key is a path, not None"):
        PhotoStream(None, device="cpu")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no strength"):
        PhotoStream(key, strength="some", device="cpu")
    with pytest.raises(SettingsError, match="at least 2 people, not 1"):
        learn_key([(photo(1), "anna")], method=replace(METHOD), device="cpu")


@pytest.mark.parametrize(
    ("photos", "said"),
    [
        (5, "pairs of a photo and the person it shows, such as .*, not 5"),
        ("anna/1.jpg", "number 1 is no pair"),
        ([(photo(1), "anna"), photo(2)], "number 2 is no pair"),
        ([(photo(1), "anna", 3)], "number 1 is no pair"),
        ([(photo(1), 5)], "the person on photo 1 is a name, such as 'anna', not 5"),
    ],
)
def test_photos_without_a_person_are_refused(photos: Any, said: str, key: AlignmentKey) -> None:
    with pytest.raises(SettingsError, match=said):
        learn_key(photos, method=METHOD, device="cpu")
    with pytest.raises(SettingsError, match=said):
        list(PhotoStream(key, method=METHOD, device="cpu").protect_each(photos))


def test_a_method_or_a_function_of_another_kind_is_refused(key: AlignmentKey) -> None:
    for wrong in ("gradient-alignment-online", methods.load("separable", 8.0), 0):
        with pytest.raises(SettingsError, match=r"method is a .*OnlineAlignment, or None for the usual"):
            learn_key([], method=wrong, device="cpu")  # type: ignore[arg-type]
        with pytest.raises(SettingsError, match=r"method is a .*OnlineAlignment, or None for the usual"):
            PhotoStream(key, method=wrong, device="cpu")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="on_epoch is a function to call, or None, not 5"):
        learn_key([], device="cpu", on_epoch=5)  # type: ignore[arg-type]


def test_settings_that_are_no_whole_numbers_are_refused(key: AlignmentKey) -> None:
    for wrong in ({"seed": -1}, {"seed": "1"}, {"min_face": 0}, {"min_face": "24"}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            PhotoStream(key, device="cpu", **wrong)
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            learn_key([], device="cpu", **wrong)
