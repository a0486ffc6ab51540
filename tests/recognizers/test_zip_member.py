"""One member of a zip archive, and archives that mean harm or are damaged."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from recognizers import RecognizerError
from recognizers.zip_member import extract

CONTENT = bytes(range(256)) * 4000


def archive(folder: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def untouched(folder: Path) -> bool:
    """Whether only the archive lies in a folder, and nothing beside the folder."""
    beside = [path.name for path in folder.parent.iterdir() if path != folder]
    return [path.name for path in folder.iterdir()] == ["a.zip"] and beside == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "inner"
    inner.mkdir()
    return inner


@pytest.mark.parametrize("place", ["w.onnx", "pack/w.onnx", "./w.onnx"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_the_member_comes_alone(place: str, method: int, folder: Path) -> None:
    path = archive(folder, {"other.onnx": b"?", place: CONTENT, "pack/old-w.onnx": b"!"}, method)
    extract(path, "w.onnx", len(CONTENT), folder / "out")
    assert (folder / "out").read_bytes() == CONTENT
    assert sorted(each.name for each in folder.iterdir()) == ["a.zip", "out"]


@pytest.mark.parametrize(
    "place",
    ["../w.onnx", "pack/../../w.onnx", "/w.onnx", "..\\w.onnx", "C:\\w.onnx", "c:w.onnx", "\\\\host\\w.onnx"],
)
def test_paths_that_leave_the_folder_are_refused_wherever_they_are(place: str, folder: Path) -> None:
    for members in ({place: CONTENT}, {"w.onnx": CONTENT, place: b"?"}):
        path = archive(folder, members)
        with pytest.raises(RecognizerError, match="a path that leaves the folder") as caught:
            extract(path, "w.onnx", len(CONTENT), folder / "out")
        assert "\n" not in str(caught.value)
        assert untouched(folder)


def test_a_link_is_refused(folder: Path) -> None:
    path = folder / "a.zip"
    link = zipfile.ZipInfo("w.onnx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(RecognizerError, match="is a link or a folder"):
        extract(path, "w.onnx", len("/etc/passwd"), folder / "out")
    assert untouched(folder)


def test_a_member_of_another_size_is_not_unpacked(folder: Path) -> None:
    bomb = archive(folder, {"w.onnx": bytes(50_000_000)})
    assert bomb.stat().st_size < 100_000
    with pytest.raises(RecognizerError, match="has 50000000 bytes, not 1000"):
        extract(bomb, "w.onnx", 1000, folder / "out")
    assert untouched(folder)


def test_a_member_that_lies_about_its_size_unpacks_to_no_more(folder: Path) -> None:
    bomb = archive(folder, {"w.onnx": bytes(50_000_000)})
    true, false = (50_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    bomb.write_bytes(bomb.read_bytes().replace(true, false))
    with pytest.raises(RecognizerError, match="damaged"):
        extract(bomb, "w.onnx", 1000, folder / "out")
    assert untouched(folder)


@pytest.mark.parametrize(
    ("members", "said"),
    [({"other.onnx": b""}, "holds no files w.onnx"), ({"a/w.onnx": b"", "b/w.onnx": b""}, "holds 2 files")],
)
def test_there_must_be_just_one(members: dict[str, bytes], said: str, folder: Path) -> None:
    with pytest.raises(RecognizerError, match=said):
        extract(archive(folder, members), "w.onnx", 0, folder / "out")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99, 0.9999])
def test_truncated_archives_are_refused(share: float, folder: Path) -> None:
    path = archive(folder, {"w.onnx": CONTENT})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(RecognizerError, match=r"a\.zip: is cut off, damaged or no zip"):
        extract(path, "w.onnx", len(CONTENT), folder / "out")
    assert untouched(folder)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_altered_archives_are_refused(method: int, folder: Path) -> None:
    path = archive(folder, {"w.onnx": CONTENT}, method)
    altered = bytearray(path.read_bytes())
    altered[len(altered) // 2] ^= 1
    path.write_bytes(altered)
    with pytest.raises(RecognizerError, match="damaged"):
        extract(path, "w.onnx", len(CONTENT), folder / "out")
    assert untouched(folder)


def test_an_encrypted_member_is_refused(folder: Path) -> None:
    path = archive(folder, {"w.onnx": b"1234"}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flags of the local header, and those of the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(RecognizerError, match="is encrypted"):
        extract(path, "w.onnx", 4, folder / "out")
