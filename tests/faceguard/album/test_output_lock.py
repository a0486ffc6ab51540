"""An output folder is one run's at a time; nothing of the lock stays, whatever becomes of the run."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faceguard.album import output_lock
from faceguard.album.output_lock import OutputLock
from faceguard.album.protecting import protect_album
from faceguard.cancel import CancelToken
from faceguard.cli import main
from faceguard.errors import Cancelled, SettingsError
from faceguard.photos import MANIFEST_NAME
from tests.faceguard.fake_guard import FakeGuard

_HOLDS = """
import sys, time
from pathlib import Path
from faceguard.album.output_lock import OutputLock
lock = OutputLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_run_is_refused_and_the_first_comes_to_its_end(album: Path, tmp_path: Path) -> None:
    first = protect_album(FakeGuard(), album, tmp_path / "out")
    next(first)
    half_written = tmp_path / "out" / ".faceguard-of-the-first.tmp"
    half_written.touch()
    with pytest.raises(SettingsError) as refused:
        protect_album(FakeGuard(), album, tmp_path / "out")
    assert str(tmp_path / "out") in str(refused.value)
    assert "let it end or stop it, or choose another output folder" in str(refused.value)
    assert half_written.exists()  # what the second one would take for a dead run's
    half_written.unlink()
    assert len(list(first)) == 4
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"a.png", "b.png", "below", "c.png", "faceguard-manifest.jsonl"}
    assert len(list(protect_album(FakeGuard(), album, tmp_path / "out"))) == 5


def test_a_refused_run_leaves_no_folder(album: Path, tmp_path: Path) -> None:
    first = protect_album(FakeGuard(), album, tmp_path / "out")
    with pytest.raises(SettingsError, match="another run"):
        protect_album(FakeGuard(), album, tmp_path / "out" / "new")
    assert not (tmp_path / "out" / "new").exists()
    first.close()


@pytest.mark.parametrize("by_files", [False, True])
def test_a_run_inside_another_ones_folder_is_refused(
    by_files: bool, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_files:
        _lock_by_files(monkeypatch)
    outer, inner = tmp_path / "out", tmp_path / "out" / "of" / "anna"
    first = protect_album(FakeGuard(), album, outer)
    half_written = _half_written(inner)
    with pytest.raises(SettingsError) as refused:
        protect_album(FakeGuard(), album, inner)
    assert f"into {outer}, which holds the output folder {inner}: let it end" in str(refused.value)
    assert half_written.exists()
    assert not (inner / MANIFEST_NAME).exists()
    first.close()
    assert len(list(protect_album(FakeGuard(), album, inner))) == 5


@pytest.mark.parametrize("by_files", [False, True])
def test_a_run_around_another_ones_folder_is_refused(
    by_files: bool, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_files:
        _lock_by_files(monkeypatch)
    outer, inner = tmp_path / "out", tmp_path / "out" / "of" / "anna"
    first = protect_album(FakeGuard(), album, inner)
    next(first)
    half_written = _half_written(inner)
    with pytest.raises(SettingsError) as refused:
        protect_album(FakeGuard(), album, outer)
    assert f"into {inner}, inside the output folder {outer}: let it end" in str(refused.value)
    assert half_written.exists()  # what it would take for a dead run's
    assert not (outer / MANIFEST_NAME).exists()
    assert len(list(first)) == 4
    assert len(list(protect_album(FakeGuard(), album, outer))) == 5


@pytest.mark.parametrize("by_files", [False, True])
def test_runs_beside_each_other_are_not_kept_apart(
    by_files: bool, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_files:
        _lock_by_files(monkeypatch)
    out = tmp_path / "out"
    list(protect_album(FakeGuard(), album, out))  # it has come to its end
    runs = [protect_album(FakeGuard(), album, out / name) for name in ("anna", "bodo")]
    assert [len(list(run)) for run in runs] == [5, 5]


def test_a_link_to_a_folder_inside_is_no_way_in(album: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "anna").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "out" / "anna", target_is_directory=True)
    first = protect_album(FakeGuard(), album, tmp_path / "out")
    with pytest.raises(SettingsError, match="which holds the output folder"):
        protect_album(FakeGuard(), album, tmp_path / "link")
    first.close()


def test_whoever_finds_out_is_in_nobodys_way(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / MANIFEST_NAME).touch()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # as another run beside this one, just finding out
    (tmp_path / "anna").mkdir()
    lock = OutputLock(tmp_path / "anna")
    with pytest.raises(SettingsError, match="another run"):
        OutputLock(tmp_path / "anna")
    lock.release()
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # as one that writes there
    with pytest.raises(SettingsError, match="which holds the output folder"):
        OutputLock(tmp_path / "anna")
    os.close(descriptor)


def _half_written(folder: Path) -> Path:
    file = folder / ".faceguard-of-the-other.tmp"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    return file


def _lock_by_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where folders have no locks."""
    monkeypatch.setattr(output_lock, "_lock", output_lock._lock_file)
    monkeypatch.setattr(output_lock, "_try", output_lock._try_file)


def test_the_command_says_so_in_a_line(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("faceguard.cli.protect_guard.Protector", lambda **_options: FakeGuard())
    (tmp_path / "out").mkdir()
    lock = OutputLock(tmp_path / "out")
    assert main(["protect", str(album), "-o", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert err.startswith(
        f"faceguard: error: another run is writing into the output folder {tmp_path / 'out'}"
    )
    assert err.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())
    lock.release()
    assert main(["protect", str(album), "-o", str(tmp_path / "out")]) == 1  # one of its photos is a text


def test_a_run_that_ends_early_gives_the_folder_back(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    token = CancelToken()
    cancelled = protect_album(FakeGuard(), album, out, cancel=token)
    token.cancel()
    with pytest.raises(Cancelled):
        list(cancelled)
    failing = FakeGuard()
    failing.before_protecting = _interrupt
    interrupted = protect_album(failing, album, out)
    with pytest.raises(KeyboardInterrupt):
        list(interrupted)
    closed = protect_album(FakeGuard(), album, out)
    next(closed)
    closed.close()
    with pytest.raises(StopIteration):
        next(closed)
    never_begun = protect_album(FakeGuard(), album, out)
    never_begun.close()
    dropped = protect_album(FakeGuard(), album, out)
    del dropped
    stopped = protect_album(FakeGuard(), album, out)
    next(stopped)
    del stopped
    assert len(list(protect_album(FakeGuard(), album, out))) == 5


def _interrupt(_photos: object) -> None:
    raise KeyboardInterrupt


def test_a_killed_run_is_in_nobodys_way(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SettingsError, match="another run"):
            OutputLock(tmp_path)
        other.kill()
    OutputLock(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF])
def test_a_file_system_without_locks_will_do(
    number: int, album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_descriptor: int, _operation: int) -> None:
        raise OSError(number, "not here")

    monkeypatch.setattr(pytest.importorskip("fcntl"), "flock", unknown)
    first = protect_album(FakeGuard(), album, tmp_path / "out")
    assert len(list(protect_album(FakeGuard(), album, tmp_path / "out"))) == 5
    assert len(list(first)) == 5


def test_where_folders_have_no_locks_a_hidden_file_has(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lock_by_files(monkeypatch)
    first = protect_album(FakeGuard(), album, tmp_path / "out")
    next(first)
    with pytest.raises(SettingsError, match="another run"):
        protect_album(FakeGuard(), album, tmp_path / "out")
    assert len(list(first)) == 4
    assert len(list(protect_album(FakeGuard(), album, tmp_path / "out"))) == 5
    visible = [path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    assert sorted(visible) == ["a.png", "b.png", "below", "c.png", "faceguard-manifest.jsonl"]
