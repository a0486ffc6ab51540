"""A part of a data set: people, photos of each, and splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.datasets.layouts import open_dataset
from evaluation.datasets.selection import Selection
from faceguard.errors import SettingsError
from tests.evaluation.datasets.made_data import folders


def test_people_with_enough_photos_are_counted(tmp_path: Path) -> None:
    dataset = open_dataset(folders(tmp_path, {"a": 1, "b": 3, "c": 2, "d": 2}))
    part = Selection(people=2, photos_per_person=2, min_photos=2).of(dataset)
    assert [photo.name for photo in part.photos] == ["b/0.jpg", "b/1.jpg", "c/0.jpg", "c/1.jpg"]


@pytest.mark.parametrize(
    "settings", [{"people": 0}, {"photos_per_person": 0}, {"photos_per_person": 1, "min_photos": 2}]
)
def test_impossible_parts_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        Selection(**settings)


def test_nothing_left_and_no_split_are_refused(tmp_path: Path) -> None:
    dataset = open_dataset(folders(tmp_path, {"a": 1}))
    with pytest.raises(SettingsError, match="no photo is left"):
        Selection(min_photos=2).of(dataset)
    with pytest.raises(SettingsError, match="have no split 'test'"):
        Selection(split="test").of(dataset)
