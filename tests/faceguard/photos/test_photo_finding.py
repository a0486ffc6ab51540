"""Which files of an album are photos, and where they go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from faceguard.errors import SettingsError
from faceguard.photos import find_photos


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def _relative(paths: list[Path], output: Path) -> list[str]:
    return [photo.relative.as_posix() for photo in find_photos(paths, output).photos]


def test_a_folder_keeps_its_tree(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "b.JPG", "a/z.png", "a/y.heic", "a/b/c.webp", "d.tiff", "e.bmp")
    album = find_photos([tmp_path / "in"], tmp_path / "out")
    assert [p.relative.as_posix() for p in album.photos] == [
        "a/b/c.webp",
        "a/y.heic",
        "a/z.png",
        "b.JPG",
        "d.tiff",
        "e.bmp",
    ]
    assert all(photo.source == tmp_path / "in" / photo.relative for photo in album.photos)
    assert album.left_out == []


def test_files_and_folders_together(tmp_path: Path) -> None:
    _touch(tmp_path, "one/a.jpg", "two/b.jpg", "three/c.jpg", "odd-name")
    paths = [tmp_path / "two", tmp_path / "one" / "a.jpg", tmp_path / "three", tmp_path / "odd-name"]
    assert _relative(paths, tmp_path / "out") == ["a.jpg", "b.jpg", "c.jpg", "odd-name"]


def test_other_files_are_listed_and_clutter_is_not(tmp_path: Path) -> None:
    _touch(
        tmp_path / "in",
        *("a.jpg", "clip.mp4", "notes.txt", ".hidden.jpg", ".cache/b.jpg", "__MACOSX/c.jpg", "Thumbs.db"),
        *("faceguard-manifest.jsonl", "faceguard-report.json", "faceguard-logo.png", ".faceguard-1.tmp"),
    )
    album = find_photos([tmp_path / "in"], tmp_path / "out")
    assert [p.relative.name for p in album.photos] == ["a.jpg", "faceguard-logo.png"]
    assert [(item.path.name, item.reason) for item in album.left_out] == [
        ("clip.mp4", "not a photo"),
        ("notes.txt", "not a photo"),
    ]


def test_the_same_photo_twice_is_one(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "a.jpg", "notes.txt")
    paths = [tmp_path / "in", tmp_path / "in", tmp_path / "in" / "a.jpg"]
    assert _relative(paths, tmp_path / "out") == ["a.jpg"]
    assert len(find_photos(paths, tmp_path / "out").left_out) == 1


def test_two_photos_for_one_place_are_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "one/a.jpg", "two/a.jpg")
    with pytest.raises(SettingsError) as caught:
        find_photos([tmp_path / "one", tmp_path / "two"], tmp_path / "out")
    assert str(tmp_path / "one" / "a.jpg") in str(caught.value)
    assert str(tmp_path / "two" / "a.jpg") in str(caught.value)


@pytest.mark.parametrize("output", ["in", "in/out", ".", "in/../in"])
def test_output_that_overlaps_with_the_input_is_refused(tmp_path: Path, output: str) -> None:
    _touch(tmp_path / "in", "a.jpg")
    with pytest.raises(SettingsError, match="overlap"):
        find_photos([tmp_path / "in"], tmp_path / output)


def test_overlap_through_a_link_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
    with pytest.raises(SettingsError, match="overlap"):
        find_photos([tmp_path / "in"], tmp_path / "link" / "out")


def test_a_file_in_its_own_output_folder_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "sub/a.jpg")
    with pytest.raises(SettingsError, match="overwritten"):
        find_photos([tmp_path / "a.jpg"], tmp_path)
    # The other way round, one source would replace another.
    with pytest.raises(SettingsError):
        find_photos([tmp_path / "sub" / "a.jpg", tmp_path / "a.jpg"], tmp_path)
    assert _relative([tmp_path / "a.jpg"], tmp_path / "sub2") == ["a.jpg"]


def test_a_file_linked_into_the_output_folder_is_not_overwritten(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "out/x")
    os.link(tmp_path / "a.jpg", tmp_path / "out" / "a.jpg")
    with pytest.raises(SettingsError, match="overwritten"):
        find_photos([tmp_path / "a.jpg"], tmp_path / "out")


def test_a_second_run_into_the_same_output_is_fine(tmp_path: Path) -> None:
    _touch(tmp_path, "in/a.jpg", "out/a.jpg", "out/faceguard-manifest.jsonl")
    assert _relative([tmp_path / "in"], tmp_path / "out") == ["a.jpg"]


def test_missing_paths_and_wrong_outputs_are_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "file", "in/a.jpg")
    with pytest.raises(SettingsError, match="no such file or folder"):
        find_photos([tmp_path / "gone"], tmp_path / "out")
    with pytest.raises(SettingsError, match="has to be a folder"):
        find_photos([tmp_path / "in"], tmp_path / "file")


def test_links_in_circles_end(tmp_path: Path) -> None:
    _touch(tmp_path / "in", "a/x.jpg", "b/y.jpg")
    (tmp_path / "in" / "a" / "up").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "a" / "b").symlink_to(tmp_path / "in" / "b", target_is_directory=True)
    (tmp_path / "in" / "self").symlink_to("self")
    album = find_photos([tmp_path / "in"], tmp_path / "out")
    assert [p.relative.as_posix() for p in album.photos] == ["a/x.jpg", "b/y.jpg"]
    assert [item.path.name for item in album.left_out] == ["self"]


def test_an_output_named_like_a_photo_is_refused_unless_it_is_a_folder(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg")
    with pytest.raises(SettingsError, match="named like a photo"):
        find_photos([tmp_path / "a.jpg"], tmp_path / "a-protected.JPG")
    (tmp_path / "2019.jpg").mkdir()
    assert find_photos([tmp_path / "a.jpg"], tmp_path / "2019.jpg").photos


def test_linked_folders_are_walked(tmp_path: Path) -> None:
    _touch(tmp_path, "in/a.jpg", "elsewhere/b.jpg")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert _relative([tmp_path / "in"], tmp_path / "out") == ["a.jpg", "link/b.jpg"]


def test_folders_that_cannot_be_read_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path / "in", "a.jpg", "secret/b.jpg")
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    album = find_photos([tmp_path / "in"], tmp_path / "out")
    assert [p.relative.name for p in album.photos] == ["a.jpg"]
    assert album.left_out[0].reason == "folder cannot be read: permission denied"
    assert album.left_out[0].is_folder


def test_thousands_of_files_are_no_trouble(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:05}.jpg").touch()
    assert len(find_photos([folder], tmp_path / "out").photos) == 3000
