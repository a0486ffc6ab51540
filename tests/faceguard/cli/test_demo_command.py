"""`faceguard demo`: samples, their protected copies and the pictures of both."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from faceguard.cli import main
from faceguard.cli.samples import write_samples
from tests.faceguard.fake_guard import FakeGuard, photo_file


def test_writes_originals_protected_photos_and_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("faceguard.cli.demo.Protector", FakeGuard)
    monkeypatch.setattr("faceguard.cli.demo.write_samples", lambda folder: photo_file(folder / "someone.png"))
    folder = tmp_path / "demo"
    for _ in range(2):  # a folder that is there already is fine
        assert main(["demo", "--output", str(folder)]) == 0
        out = capsys.readouterr().out
        assert "dlib: before 0.10 apart, after 0.90 apart" in out
        assert str(folder / "comparison-someone.png") in out
        assert "faceguard protect MY-PHOTOS" in out
    assert (folder / "original" / "someone.png").is_file()
    assert (folder / "protected" / "someone.png").is_file()
    with Image.open(folder / "comparison-someone.png") as picture:
        assert picture.width == 1488


def test_samples_are_photos(tmp_path: Path) -> None:
    write_samples(tmp_path)
    for path in tmp_path.iterdir():
        with Image.open(path) as photo:
            assert min(photo.size) > 400
    assert (tmp_path / "astronaut.jpg").is_file()
