"""The folder of uploads: private, and gone afterwards, whatever happened."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from faceguard.errors import SettingsError
from faceguard.web.private_folder import PrivateFolder
from tests.faceguard.web.conftest import Served
from tests.faceguard.web.requests_of_clients import photo, protected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_nobody_else_can_open_it(served: Served) -> None:
    protected(served.client, {"a.png": photo()})
    assert stat.S_IMODE(served.folder.stat().st_mode) == 0o700
    for folder in served.folder.glob("job-*"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_is_gone_afterwards(tmp_path: Path) -> None:
    def interrupted() -> None:
        with PrivateFolder(tmp_path) as folder:
            (folder.path / "a").mkdir()
            (folder.path / "a" / "b").write_text("b")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_server_left_is_removed_and_what_another_uses_is_not(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from faceguard.web.private_folder import PrivateFolder; "
        "folder = PrivateFolder(Path(sys.argv[1])); (folder.path / 'photo').write_text('x'); os._exit(9)"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], timeout=60)
    assert ran.returncode == 9
    (left,) = tmp_path.iterdir()
    (tmp_path / "faceguard-serve-not-ours").mkdir()
    (tmp_path / "faceguard-serve-a-file").write_text("x")

    with PrivateFolder(tmp_path) as first, PrivateFolder(tmp_path) as second:
        assert not left.exists()
        assert first.path.exists()
        assert second.path.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "faceguard-serve-a-file",
        "faceguard-serve-not-ours",
    ]


def test_where_it_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TMPDIR"):
        PrivateFolder(tmp_path / "missing")
