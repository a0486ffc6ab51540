"""Files are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest
from made_photos import saved, scene

from faceguard.errors import FaceguardError, PhotoError
from faceguard.photos import DiskFullError, read_photo, remove_leftovers, write_photo
from faceguard.photos.atomic_files import write_atomically


def test_folders_are_made_and_files_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [item.name for item in path.parent.iterdir()] == ["c.bin"]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFullError),
        (OSError(errno.EIO, "Input/output error"), PhotoError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_failures_leave_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: BaseException, expected: type[BaseException]
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> NoReturn:
        raise raised

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(expected):
        write_atomically(path, b"new")
    assert [item.name for item in tmp_path.iterdir()] == ["a.bin"]
    assert path.read_bytes() == b"old"


def test_a_full_disk_is_not_a_problem_of_one_photo() -> None:
    assert issubclass(DiskFullError, FaceguardError)
    assert not issubclass(DiskFullError, PhotoError)


def test_a_folder_in_the_way_is_reported(tmp_path: Path) -> None:
    photo = read_photo(saved(scene(), tmp_path / "a.jpg"))
    (tmp_path / "out.jpg").mkdir()
    with pytest.raises(PhotoError, match="cannot be written"):
        write_photo(photo, photo.pixels, tmp_path / "out.jpg")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.jpg", "out.jpg"]


def test_a_file_in_place_of_a_folder_is_reported(tmp_path: Path) -> None:
    photo = read_photo(saved(scene(), tmp_path / "a.jpg"))
    with pytest.raises(PhotoError, match="cannot be written"):
        write_photo(photo, photo.pixels, tmp_path / "a.jpg" / "b.jpg")


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    leftovers = [tmp_path / ".faceguard-1.tmp", tmp_path / "sub" / ".faceguard-2.tmp"]
    kept = [tmp_path / "a.jpg", tmp_path / "sub" / ".faceguard-rc", tmp_path / "x.tmp"]
    for path in leftovers + kept:
        path.write_bytes(b"")
    assert remove_leftovers(tmp_path) == 2
    assert not any(path.exists() for path in leftovers)
    assert all(path.exists() for path in kept)
    assert remove_leftovers(tmp_path / "nowhere") == 0


def test_temporary_files_have_the_name_that_is_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(descriptor: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    monkeypatch.setattr(Path, "unlink", lambda self: None)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.jpg", b"x")
    monkeypatch.undo()
    assert len(list(tmp_path.iterdir())) == 1
    assert remove_leftovers(tmp_path) == 1


@pytest.mark.skipif(os.name == "nt", reason="Unix file modes")
def test_files_get_the_usual_permissions(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
