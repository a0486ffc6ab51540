"""Labels: from folders, from a file, and one for all."""

from __future__ import annotations

import os
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


def test_a_given_folder_with_photos_alone_is_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("people/anna/a.jpg", "people/bodo/2019/b.jpg", "people/carl/c.jpg", "people/loose.jpg"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    people = tmp_path / "people"
    (people / "anna" / "notes").mkdir()  # a folder without photos makes no data set
    (people / "anna" / "notes" / "a.txt").touch()
    labels = FolderLabels((people / "anna", people / "carl"))
    assert [labels.of(people / place) for place in ("anna/a.jpg", "carl/c.jpg")] == ["anna", "carl"]
    monkeypatch.chdir(people / "anna")
    assert FolderLabels((Path(),)).of(Path("a.jpg")) == "anna"
    assert FolderLabels((Path("../carl"),)).of(Path("../carl/c.jpg")) == "carl"
    # A data set's folder has people below, and a photo beside them is nobody's.
    both = FolderLabels((people,))
    assert both.of(people / "bodo" / "2019" / "b.jpg") == "bodo"
    with pytest.raises(SettingsError, match="no person's folder"):
        both.of(people / "loose.jpg")


def test_a_name_that_is_no_text_becomes_one(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"anna\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("here all names are text")
    (folder / "a.jpg").touch()
    for roots in ((tmp_path,), (folder,)):
        assert FolderLabels(roots).of(folder / "a.jpg") == "anna\\xff"


def test_a_folder_outside_a_tuple_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"in a tuple, such as \('people',\)"):
        FolderLabels("people")  # type: ignore[arg-type]


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
    "text",
    [
        "a.jpg Anna\r\nb c.jpg Bodo\r\n\r\n",
        "\ufeffa.jpg Anna\nb c.jpg Bodo\n",
        "a.jpg\tAnna\nb c.jpg\tBodo\n",
        "./a.jpg   Anna\n\tb c.jpg Bodo\t\n",
    ],
)
def test_what_editors_and_spreadsheets_make_of_a_file_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(text.encode())
    labels = FileLabels(str(path))
    assert (labels.of(Path("a.jpg")), labels.of(Path("b c.jpg"))) == ("Anna", "Bodo")


def test_a_tab_lets_people_have_spaces(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("b c.jpg\tAnna von X\n", "utf-8")
    assert FileLabels(path).of(Path("b c.jpg")) == "Anna von X"


def test_folders_tell_files_of_one_name_apart(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("anna/1.jpg Anna\nbodo/1.jpg Bodo\n1.jpg nobody\n", "utf-8")
    labels = FileLabels(path)
    assert labels.of(Path("people/anna/1.jpg")) == "Anna"
    assert labels.of(tmp_path / "bodo" / "1.jpg") == "Bodo"
    assert labels.of(Path("1.jpg")) == "nobody"


def test_a_root_may_be_absolute_and_a_photo_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert FolderLabels((tmp_path / "a",)).of(Path("a/anna/1.jpg")) == "anna"
    assert FolderLabels((Path("a"),)).of(tmp_path / "a" / "anna" / "1.jpg") == "anna"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a.jpg\n", "line 1: needs"),
        ("a.jpg 1\n\tanna\n", "line 2: needs"),
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
    path.write_bytes(b"\xff\xfea\x00")
    with pytest.raises(SettingsError, match=r"labels.txt: .* it is not UTF-8 text$"):
        FileLabels(path)


def test_one_label_is_for_all() -> None:
    assert OneLabel("me").of(Path("x.jpg")) == "me"
