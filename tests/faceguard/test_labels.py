"""Labels: from folders, from a file, and one for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceguard.errors import SettingsError
from faceguard.labels import FileLabels, FolderLabels, OneLabel


def test_the_first_folder_names_the_person(tmp_path: Path) -> None:
    labels = FolderLabels((tmp_path / "a", tmp_path / "b"))
    assert labels.of(tmp_path / "a" / "anna" / "2019" / "x.jpg") == "anna"
    assert labels.of(tmp_path / "b" / "bodo" / "y.jpg") == "bodo"
    for outside in (tmp_path / "a" / "x.jpg", tmp_path / "c" / "anna" / "x.jpg"):
        with pytest.raises(SettingsError, match="no person's folder"):
            labels.of(outside)


def test_a_file_names_photos_and_people(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("000001.jpg 2880\n\nwith space.jpg anna\n000001.jpg 2880\n", "utf-8")
    labels = FileLabels(path)
    assert labels.of(Path("below/000001.jpg")) == "2880"
    assert labels.of(Path("with space.jpg")) == "anna"
    with pytest.raises(SettingsError, match="no line"):
        labels.of(Path("000002.jpg"))
    key = labels.key
    path.write_text("000001.jpg 2881\n")
    assert FileLabels(path).key != key


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a.jpg\n", "line 1: needs"),
        ("a.jpg 1\na.jpg 2\n", "line 2: a.jpg already shows 1"),
        ("\n", "names no"),
    ],
)
def test_files_that_make_no_sense_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(text)
    with pytest.raises(SettingsError, match=complaint):
        FileLabels(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        FileLabels(tmp_path / "missing.txt")


def test_one_label_is_for_all() -> None:
    assert OneLabel("me").of(Path("x.jpg")) == "me"
