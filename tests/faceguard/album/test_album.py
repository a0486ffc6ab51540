"""Albums: every photo gets an outcome, one bad photo spoils nothing, and a stopped run goes on."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from faceguard.album.outcome import PhotoOutcome, Status
from faceguard.album.progress import Progress
from faceguard.album.protecting import protect_album
from faceguard.cancel import CancelToken
from faceguard.errors import SettingsError
from faceguard.faces.face import Face
from faceguard.photos import MANIFEST_NAME, DiskFullError, MetadataPolicy, Photo, read_photo
from faceguard.results import ProtectionResult
from tests.faceguard.fake_guard import FakeGuard, photo_file


def statuses(outcomes: Iterator[PhotoOutcome]) -> dict[str, Status]:
    return {outcome.relative.as_posix(): outcome.status for outcome in outcomes}


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST_NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def failing(name: str, error: BaseException, guard: FakeGuard) -> FakeGuard:
    def fail(photos: Sequence[Photo]) -> None:
        if any(photo.path is not None and photo.path.name == name for photo in photos):
            raise error

    guard.before_protecting = fail
    return guard


def test_every_photo_gets_its_outcome(album: Path, tmp_path: Path) -> None:
    run = protect_album(FakeGuard(), album, tmp_path / "out")
    assert run.photos == 5
    assert statuses(run) == {
        "a.png": Status.PROTECTED,
        "b.png": Status.PROTECTED,
        "below/d.png": Status.PROTECTED,
        "c.png": Status.NO_FACE,
        "e.jpg": Status.FAILED,
    }
    assert set(files(tmp_path / "out")) == {"a.png", "b.png", "below/d.png", "c.png"}
    assert (tmp_path / "out" / "c.png").read_bytes() == (album / "c.png").read_bytes()
    before, after = read_photo(album / "b.png").pixels, read_photo(tmp_path / "out" / "b.png").pixels
    assert np.flatnonzero((before != after).any(axis=(0, 2))).tolist() == [1, 2]


def test_an_outcome_says_why_and_how_well(album: Path, tmp_path: Path) -> None:
    outcomes = {o.relative.name: o for o in protect_album(FakeGuard(), album, tmp_path / "out")}
    assert "photo" in outcomes["e.jpg"].reason
    assert str(album) not in outcomes["e.jpg"].reason
    assert "no face" in outcomes["c.png"].reason
    good = outcomes["b.png"]
    assert good.reason == ""
    assert good.result is not None
    assert [face["box"] for face in good.details["faces"]] == [[1, 0, 2, 8], [2, 0, 3, 8]]
    assert good.details["similarity"]["dlib"]["faces"][0] == {
        "before": 0.1,
        "after": 0.9,
        "recognised": False,
    }
    json.dumps(good.details, allow_nan=False)


def test_a_second_run_has_nothing_to_do(album: Path, tmp_path: Path) -> None:
    list(protect_album(FakeGuard(), album, tmp_path / "out"))
    before = files(tmp_path / "out")
    guard = FakeGuard()
    found = list(protect_album(guard, album, tmp_path / "out"))
    assert statuses(iter(found)) == {
        "a.png": Status.DONE_BEFORE,
        "b.png": Status.DONE_BEFORE,
        "below/d.png": Status.DONE_BEFORE,
        "c.png": Status.DONE_BEFORE,
        "e.jpg": Status.FAILED,
    }
    assert guard.looked_at == []  # an unreadable photo alone is no reason to look at all the others
    assert files(tmp_path / "out") == before
    details = {outcome.relative.name: outcome.details for outcome in found}
    assert details["b.png"]["quality"]["psnr"] == 40


@pytest.mark.parametrize("stopped_after", range(5))
def test_a_stopped_run_goes_on_and_comes_to_the_same(album: Path, tmp_path: Path, stopped_after: int) -> None:
    list(protect_album(FakeGuard(), album, tmp_path / "whole", batch_faces=3))
    run = protect_album(FakeGuard(), album, tmp_path / "stopped", batch_faces=3)
    for _ in range(stopped_after):
        next(run)
    del run
    rest = statuses(protect_album(FakeGuard(), album, tmp_path / "stopped", batch_faces=3))
    assert len(rest) == 5
    assert files(tmp_path / "stopped") == files(tmp_path / "whole")


def test_a_run_interrupted_in_a_batch_goes_on(album: Path, tmp_path: Path) -> None:
    guard = failing("b.png", KeyboardInterrupt(), FakeGuard())
    with pytest.raises(KeyboardInterrupt):
        list(protect_album(guard, album, tmp_path / "out", batch_faces=1))
    assert set(files(tmp_path / "out")) == {"a.png", "c.png"}
    rest = statuses(protect_album(FakeGuard(), album, tmp_path / "out", batch_faces=1))
    assert rest["a.png"] is Status.DONE_BEFORE
    assert rest["b.png"] is Status.PROTECTED


def test_what_a_killed_run_left_is_removed_and_done_again(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(protect_album(FakeGuard(), album, out))
    whole = files(out)
    lines = (out / MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    (out / MANIFEST_NAME).write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    (out / "below" / ".faceguard-0123.tmp").write_bytes(b"half a photo")
    found = statuses(protect_album(FakeGuard(), album, out))
    assert list(found.values()).count(Status.PROTECTED) == 1
    assert files(out) == whole


@pytest.mark.parametrize("what", ["settings", "metadata", "source", "output"])
def test_other_settings_sources_and_outputs_are_not_done(album: Path, tmp_path: Path, what: str) -> None:
    list(protect_album(FakeGuard(), album, tmp_path / "out"))
    if what == "source":
        photo_file(album / "a.png", shade=10)
    if what == "output":
        (tmp_path / "out" / "a.png").write_bytes(b"spoilt")
    found = statuses(
        protect_album(
            FakeGuard("v2" if what == "settings" else "v1"),
            album,
            tmp_path / "out",
            metadata=MetadataPolicy.STRIP_ALL if what == "metadata" else MetadataPolicy.KEEP,
        )
    )
    assert found["a.png"] is Status.PROTECTED
    assert (found["b.png"] is Status.PROTECTED) == (what in ("settings", "metadata"))


def test_one_bad_photo_does_not_take_its_batch_with_it(album: Path, tmp_path: Path) -> None:
    guard = failing("b.png", RuntimeError("out of\nmemory"), FakeGuard())
    outcomes = {o.relative.as_posix(): o for o in protect_album(guard, album, tmp_path / "out")}
    assert outcomes["b.png"].status is Status.FAILED
    assert outcomes["b.png"].reason == "cannot be protected: RuntimeError: out of memory"
    assert outcomes["a.png"].status is outcomes["below/d.png"].status is Status.PROTECTED
    assert guard.batches == [["a.png", "b.png", "d.png"], ["a.png"], ["b.png"], ["d.png"]]


def test_a_failed_photo_leaves_no_older_version(album: Path, tmp_path: Path) -> None:
    list(protect_album(FakeGuard("v1"), album, tmp_path / "out"))
    guard = failing("b.png", RuntimeError("no"), FakeGuard("v2"))
    list(protect_album(guard, album, tmp_path / "out"))
    assert not (tmp_path / "out" / "b.png").exists()
    (album / "a.png").write_bytes(b"")
    list(protect_album(FakeGuard("v2"), album, tmp_path / "out"))
    assert not (tmp_path / "out" / "a.png").exists()
    assert (tmp_path / "out" / "b.png").exists()


def test_an_error_while_looking_for_faces_is_the_photos_own(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = FakeGuard()
    find = guard.find_faces

    def fail_once(photos: Sequence[Photo]) -> list[object]:
        if photos[0].path == album / "a.png":
            raise ValueError("strange")
        return list(find(photos))

    monkeypatch.setattr(guard, "find_faces", fail_once)
    found = statuses(protect_album(guard, album, tmp_path / "out"))
    assert found["a.png"] is Status.FAILED
    assert found["b.png"] is Status.PROTECTED


def test_a_photo_that_changes_between_the_passes_is_looked_at_again(album: Path, tmp_path: Path) -> None:
    run = protect_album(FakeGuard(), album, tmp_path / "out")
    first = next(run)  # the photo without a face, in the first pass
    assert first.relative.name == "c.png"
    photo_file(album / "a.png", faces=3)
    photo_file(album / "b.png", faces=0)
    outcomes = {outcome.relative.name: outcome for outcome in run}
    assert len(outcomes["a.png"].details["faces"]) == 3
    assert outcomes["b.png"].status is Status.NO_FACE
    assert (tmp_path / "out" / "b.png").read_bytes() == (album / "b.png").read_bytes()


def test_batches_are_bounded_by_faces_and_by_pixels(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = FakeGuard()
    list(protect_album(guard, album, tmp_path / "faces", batch_faces=3))
    assert sorted(guard.batches) == [["a.png", "b.png"], ["d.png"]]
    monkeypatch.setattr("faceguard.album.work._BATCH_PIXELS", 2 * 8 * 12 - 1)
    guard = FakeGuard()
    list(protect_album(guard, album, tmp_path / "pixels"))
    assert sorted(guard.batches) == [["a.png"], ["b.png"], ["d.png"]]  # several at a time


def test_a_full_disk_stops_and_says_how_far_it_came(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = protect_album(FakeGuard(), album, tmp_path / "out", batch_faces=1)
    done = [next(run) for _ in range(3)]
    assert sum(outcome.status is not Status.FAILED for outcome in done) == 2

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError, match="2 of 5 photos are done: make room"):
            list(run)
    assert set(files(tmp_path / "out")) == {"c.png", "a.png"}
    rest = statuses(protect_album(FakeGuard(), album, tmp_path / "out", batch_faces=1))
    assert rest["a.png"] is Status.DONE_BEFORE


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"progress": 5}, "progress is a function to call, or None, not 5"),
        ({"cancel": 5}, r"cancel is a faceguard\.CancelToken, or None, not 5"),
    ],
)
def test_what_cannot_be_told_or_cancelled_is_refused_before_anything_is_written(
    wrong: dict[str, Any], said: str, album: Path, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=said):
        protect_album(FakeGuard(), album, tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_progress_counts_every_phase_to_its_end(album: Path, tmp_path: Path) -> None:
    states: list[Progress] = []
    list(protect_album(FakeGuard(), album, tmp_path / "out", progress=states.append))
    (tmp_path / "out" / "a.png").unlink()
    list(protect_album(FakeGuard(), album, tmp_path / "out", progress=states.append))
    ends = [(state.phase, state.done, state.total) for state in states if state.current is None]
    phases = ["finding", "protecting", "checking", "finding", "protecting"]
    assert ends == [(phase, 5, 5) for phase in phases]
    assert all(state.photos_per_second >= 0 for state in states)


def test_the_manifest_holds_nothing_that_describes_a_face(album: Path, tmp_path: Path) -> None:
    list(protect_album(FakeGuard(), album, tmp_path / "out"))
    for line in (tmp_path / "out" / MANIFEST_NAME).read_text().splitlines():
        details = json.loads(line)["details"]
        assert set(details) <= {"faces", "quality", "similarity", "epsilon", "seconds"}
        assert all(set(face) == {"box", "landmarks", "score"} for face in details["faces"])


def test_single_files_and_left_out_files(album: Path, tmp_path: Path) -> None:
    (album / "notes.txt").write_text("hello")
    run = protect_album(FakeGuard(), [album / "below" / "d.png"], tmp_path / "one")
    assert statuses(run) == {"d.png": Status.PROTECTED}
    run = protect_album(FakeGuard(), [album], tmp_path / "all")
    assert [item.path.name for item in run.left_out] == ["notes.txt"]


@pytest.mark.parametrize("content", [[], ["notes.txt"]])
def test_a_folder_without_photos_is_refused(tmp_path: Path, content: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    for name in content:
        (tmp_path / "empty" / name).write_text("hello")
    with pytest.raises(SettingsError, match=r"no photos in .*empty"):
        protect_album(FakeGuard(), tmp_path / "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_refused(album: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="cannot write to the output folder"):
        protect_album(FakeGuard(), album, tmp_path / "file" / "out")


def test_a_manifest_that_cannot_be_added_to_is_refused_and_nothing_lost(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(protect_album(FakeGuard(), album, tmp_path / "out"))
    before = files(tmp_path / "out")
    opened = Path.open

    def refuse(path: Path, mode: str = "r", *more: object, **options: object) -> object:
        if path.name == MANIFEST_NAME and "a" in mode:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, mode, *more, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SettingsError, match=f"{MANIFEST_NAME}: cannot be written: permission denied"):
        protect_album(FakeGuard("v2"), album, tmp_path / "out")
    assert files(tmp_path / "out") == before


def test_an_unknown_metadata_policy_is_refused(album: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no metadata policy 'strip'"):
        protect_album(FakeGuard(), album, tmp_path / "out", metadata=cast(MetadataPolicy, "strip"))
    assert not (tmp_path / "out").exists()


def test_files_that_no_run_wrote_are_not_replaced(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "below").mkdir(parents=True)
    (out / "below" / "d.png").write_bytes(b"an original of another album")
    with pytest.raises(SettingsError, match=r"d\.png would be replaced.*choose another output folder"):
        protect_album(FakeGuard(), album, out)
    assert files(out) == {"below/d.png": b"an original of another album"}
    assert not (out / MANIFEST_NAME).exists()
    (out / "below" / "d.png").rename(out / "other.png")
    list(protect_album(FakeGuard(), album, out))
    assert files(out)["other.png"] == b"an original of another album"


def test_a_run_killed_before_its_first_record_goes_on(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    protect_album(FakeGuard(), album, out)  # killed after its first photo was written
    (out / "a.png").write_bytes(b"written, not recorded")
    assert statuses(protect_album(FakeGuard(), album, out))["a.png"] is Status.PROTECTED


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"batch_faces": 0}, "batch_faces must be at least 1, not 0"),
        ({"max_pixels": "3"}, "max_pixels is a whole number, not '3'"),
        ({"max_pixels": 0}, "max_pixels must be at least 1, not 0"),
        ({"inputs": 5}, "a photo or folder to protect is a path, not 5"),
        ({"inputs": [None]}, "a photo or folder to protect is a path, not None"),
        ({"inputs": ""}, "a photo or folder to protect is an empty path"),
        ({"output": ""}, "output is an empty path"),
        ({"output": None}, "output is a path, not None"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    album: Path, tmp_path: Path, setting: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        protect_album(**{"guard": FakeGuard(), "inputs": album, "output": tmp_path / "out", **setting})  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(torch.get_num_threads() < 2, reason="one core works on one batch at a time")
def test_batches_are_worked_on_together(album: Path, tmp_path: Path) -> None:
    """The first batch only goes on when the second one has begun."""
    guard, both = FakeGuard(), threading.Barrier(2, timeout=20)

    def meet(photos: Sequence[Photo]) -> None:
        if photos[0].path is not None and photos[0].path.name in {"a.png", "b.png"}:
            both.wait()

    guard.before_protecting = meet
    assert statuses(protect_album(guard, album, tmp_path / "out", batch_faces=1))["a.png"] is Status.PROTECTED


def test_whoever_stops_does_not_wait_for_the_batches_at_work(album: Path, tmp_path: Path) -> None:
    class PatientGuard(FakeGuard):
        """Works on every photo but the first until it is told to stop."""

        def protect_photos(
            self,
            photos: Sequence[Photo],
            faces: Sequence[Sequence[Face]] | None = None,
            people: list[int] | None = None,
            cancel: CancelToken | None = None,
        ) -> list[ProtectionResult]:
            assert cancel is not None
            if photos[0].path is not None and photos[0].path.name != "a.png":
                deadline = time.monotonic() + 60
                while not cancel.cancelled and time.monotonic() < deadline:
                    time.sleep(0.01)
                cancel.check()
            return super().protect_photos(photos, faces, people, cancel)

    run = protect_album(PatientGuard(), album, tmp_path / "out", batch_faces=1)
    started = time.monotonic()
    assert next(outcome for outcome in run if outcome.status is Status.PROTECTED).relative.name == "a.png"
    del run
    assert time.monotonic() - started < 30
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lookahead")]


def test_a_guard_prepares_once_when_all_photos_are_remembered(album: Path, tmp_path: Path) -> None:
    guard = FakeGuard()
    list(protect_album(guard, album, tmp_path / "out", batch_faces=1))
    assert guard.prepared == 1
    list(protect_album(guard, album, tmp_path / "out", batch_faces=1))
    assert guard.prepared == 1  # nothing is left to do
