"""What the tests of albums, reports and the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faceguard.fake_guard import photo_file


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Five photos for the fake guard: two with one face, one with two, one with none, and one unreadable."""
    folder = tmp_path / "album"
    photo_file(folder / "a.png")
    photo_file(folder / "b.png", faces=2)
    photo_file(folder / "c.png", faces=0)
    photo_file(folder / "below" / "d.png", shade=50)
    (folder / "e.jpg").write_text("this is a text")
    return folder
