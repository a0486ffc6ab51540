"""An interrupted album goes on where it stopped, whatever the crash did to the manifest."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from faceguard.photos import MANIFEST_NAME, DiskFullError, Manifest

PHOTO = Path("a") / "b.jpg"


def _write(folder: Path, content: bytes = b"protected") -> None:
    (folder / PHOTO).parent.mkdir(parents=True, exist_ok=True)
    (folder / PHOTO).write_bytes(content)


def _finished(folder: Path, **details: Any) -> Manifest:
    _write(folder)
    manifest = Manifest(folder, "v1")
    manifest.append(manifest.record(PHOTO, "in", details))
    return manifest


def test_a_finished_photo_is_done(tmp_path: Path) -> None:
    manifest = _finished(tmp_path, faces=2)
    for reader in (manifest, Manifest(tmp_path, "v1")):
        record = reader.done(PHOTO, "in")
        assert record is not None
        assert record.details == {"faces": 2}
        assert record.relative == "a/b.jpg"
    lines = (tmp_path / MANIFEST_NAME).read_text().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["output_size"] == 9


def test_another_source_or_other_settings_are_not_done(tmp_path: Path) -> None:
    _finished(tmp_path)
    assert Manifest(tmp_path, "v1").done(PHOTO, "other") is None
    assert Manifest(tmp_path, "v2").done(PHOTO, "in") is None
    assert Manifest(tmp_path, "v1").done(Path("c.jpg"), "in") is None


@pytest.mark.parametrize("content", [None, b"protecte", b"Protected"])
def test_a_changed_or_missing_output_is_not_done(tmp_path: Path, content: bytes | None) -> None:
    manifest = _finished(tmp_path)
    if content is None:
        (tmp_path / PHOTO).unlink()
    else:
        _write(tmp_path, content)
    assert manifest.done(PHOTO, "in") is None


def test_the_last_record_counts(tmp_path: Path) -> None:
    _finished(tmp_path)
    later = Manifest(tmp_path, "v2")
    later.append(later.record(PHOTO, "in", {}))
    assert Manifest(tmp_path, "v1").done(PHOTO, "in") is None
    assert Manifest(tmp_path, "v2").done(PHOTO, "in") is not None
    assert len((tmp_path / MANIFEST_NAME).read_bytes().splitlines()) == 2


@pytest.mark.parametrize(
    "junk",
    [b'{"relative":"a/b.jpg","inp', b"\x00" * 50, b"\xff\xfe\n", b"[1, 2]\n", b'{"relative":1}\n', b"\n\n"],
)
def test_broken_lines_are_passed_over(tmp_path: Path, junk: bytes) -> None:
    _finished(tmp_path)
    path = tmp_path / MANIFEST_NAME
    path.write_bytes(path.read_bytes() + junk)
    manifest = Manifest(tmp_path, "v1")
    assert manifest.done(PHOTO, "in") is not None
    manifest.append(manifest.record(PHOTO, "in2", {}))
    assert Manifest(tmp_path, "v1").done(PHOTO, "in2") is not None
    assert b"\n" + b'{"relative"' in path.read_bytes()


def test_a_broken_middle_line_hides_only_itself(tmp_path: Path) -> None:
    _finished(tmp_path)
    path = tmp_path / MANIFEST_NAME
    line = path.read_bytes()
    other = line.replace(b"a/b.jpg", b"c.jpg")
    path.write_bytes(line + b"garbage\n" + other)
    (tmp_path / "c.jpg").write_bytes(b"protected")
    manifest = Manifest(tmp_path, "v1")
    assert manifest.done(PHOTO, "in") is not None
    assert manifest.done(Path("c.jpg"), "in") is not None


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    manifest = _finished(tmp_path / "new")
    assert manifest.done(PHOTO, "in") is not None


def test_names_that_are_not_utf8_survive(tmp_path: Path) -> None:
    name = Path("caf\udce9.jpg")
    try:
        (tmp_path / name).write_bytes(b"x")
    except (OSError, UnicodeError):
        pytest.skip("this file system has Unicode names only")
    manifest = Manifest(tmp_path, "v1")
    manifest.append(manifest.record(name, "in", {}))
    assert Manifest(tmp_path, "v1").done(name, "in") is not None


def test_a_full_disk_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    manifest = _finished(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        manifest.append(manifest.record(PHOTO, "in", {}))
