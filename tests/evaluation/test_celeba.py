"""The CelebA layout is read, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.datasets.celeba import read_identities
from faceguard.errors import SettingsError


def layout(root: Path, lines: list[str], files: list[str]) -> Path:
    (root / "img_celeba").mkdir()
    (root / "identity_CelebA.txt").write_text("\n".join(lines) + "\n")
    for name in files:
        (root / "img_celeba" / name).touch()
    return root


def test_people_and_their_photos_come_in_order(tmp_path: Path) -> None:
    files = ["000003.jpg", "000001.jpg", "000002.jpg"]
    root = layout(tmp_path, ["000003.jpg 10", "000001.jpg 10", "000002.jpg 9"], files)
    people = read_identities(root)
    assert [person.name for person in people] == ["9", "10"]
    assert [path.name for path in people[1].photos] == ["000001.jpg", "000003.jpg"]


def test_missing_photos_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"000001\.jpg"):
        read_identities(layout(tmp_path, ["000001.jpg 1"], []))


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line 1"):
        read_identities(layout(tmp_path, ["000001.jpg one"], []))


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no CelebA data set"):
        read_identities(tmp_path)


def test_the_real_folder(data_root: Path) -> None:
    people = read_identities(data_root / "celeba")
    assert len(people) == 100
    assert {len(person.photos) for person in people} == {20}
