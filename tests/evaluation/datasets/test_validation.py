"""What is of no use is left out with its reason, and the table says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from evaluation.datasets.dataset import DataPhoto, Dataset, Pair
from evaluation.datasets.validation import Fault, Validation, validate
from evaluation.datasets.validation_table import validation_table
from evaluation.trackers.face_choice import FaceChoice
from evaluation.trackers.pipeline import Looking, Pipeline
from faceguard.errors import SettingsError
from tests.evaluation.fakes import FakeDetector, plain, portrait


def checked(
    photos: dict[str, bytes],
    choice: FaceChoice = FaceChoice.SKIP,
    min_photos: int = 1,
    pairs: tuple[Pair, ...] = (),
    missing: tuple[str, ...] = (),
) -> Validation:
    """Validates photos that are named PERSON/NUMBER."""
    entries = tuple(DataPhoto(name, name.partition("/")[0], content) for name, content in photos.items())
    dataset = Dataset("made", "folders", Path("made"), entries, pairs, missing)
    looking = Pipeline(FakeDetector(), torch.device("cpu"), Looking(choice))
    return validate(dataset, looking.look(entries), choice, min_photos)


def faults(validation: Validation) -> dict[str, Fault]:
    return {problem.photo: problem.fault for problem in validation.problems}


def test_every_fault_has_its_name() -> None:
    validation = checked(
        {
            "a/0": portrait(0, 0),
            "a/1": portrait(0, 1),
            "a/2": portrait(0, 1),
            "a/3": b"text",
            "b/0": portrait(1, 0),
            "b/1": plain(5),
            "b/2": plain(250),
            "b/3": portrait(1, 3),
            "c/0": portrait(2, 0),
            "c/1": portrait(1, 3),
        },
        min_photos=2,
        missing=("d/0",),
    )
    assert faults(validation) == {
        "d/0": Fault.MISSING,
        "a/3": Fault.UNREADABLE,
        "b/1": Fault.NO_FACE,
        "b/2": Fault.SEVERAL_FACES,
        "a/2": Fault.TWICE,
        "b/3": Fault.TWO_PEOPLE,
        "c/1": Fault.TWO_PEOPLE,
        "b/0": Fault.FEW_PHOTOS,
        "c/0": Fault.FEW_PHOTOS,
    }
    assert [photo.name for photo in validation.used.photos] == ["a/0", "a/1"]
    assert validation.counts()["the same file under two people"] == 2
    table = validation_table(validation)
    assert table[1].split()[:3] == ["found", "10", "3"]
    assert table[-1].split()[:3] == ["used", "2", "1"]
    assert any(line.startswith("unreadable") and "such as a/3" in line for line in table)


def test_several_faces_can_be_refused_or_chosen_from() -> None:
    photos = {"a/0": plain(250), "a/1": portrait(0, 0)}
    with pytest.raises(SettingsError, match="1 photos show several faces, such as a/0"):
        checked(photos, FaceChoice.REFUSE)
    assert len(checked(photos, FaceChoice.LARGEST).used.photos) == 2


def test_nothing_left_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"none of 2 photos can be used \(1 unreadable, 1 no face found"):
        checked({"a/0": b"text", "a/1": plain(5)})


def test_a_protocols_pairs_keep_their_copies() -> None:
    photos = {"a/0": portrait(0, 0), "a/1": portrait(0, 0), "b/0": portrait(1, 0), "b/1": plain(5)}
    pairs = (Pair("a/0", "a/1", True, 1), Pair("a/0", "b/1", False, 1))
    validation = checked(photos, pairs=pairs)
    assert [photo.name for photo in validation.used.photos] == ["a/0", "a/1", "b/0"]
    assert validation.used.pairs == pairs[:1]
    assert "1 photos are copies of others" in validation.remarks[0]


def test_pairs_without_faces_are_refused() -> None:
    photos = {"a/0": portrait(0, 0), "a/1": plain(5)}
    with pytest.raises(SettingsError, match="no pair is left of 1"):
        checked(photos, pairs=(Pair("a/0", "a/1", True, 1),))


def test_look_alikes_of_different_people_are_remarked_on() -> None:
    validation = checked({"a/0": portrait(0, 0), "b/0": portrait(0, 0, noise=0), "c/0": portrait(2, 0)})
    assert len(validation.used.photos) == 3
    assert validation.remarks == (
        "1 pairs of photos of different people look the same, such as a/0 and b/0: "
        "look whether they are labelled right",
    )
