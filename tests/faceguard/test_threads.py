"""The library in an app: several threads at once, progress, stopping, silence."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from faceguard import Cancelled, CancelToken, PhotoError, Protector, methods
from faceguard.album.protecting import protect_album
from faceguard.photos import Photo
from tests.faceguard.faces.made_detectors import yunet_file
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.quick_cloak import STEPS, quick_cloak

PORTRAIT = data.astronaut()[:220, 100:340]


@pytest.fixture(scope="module")
def guard() -> Protector:
    """One that takes a few steps only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(methods, "load_cloak", quick_cloak)
        return Protector(device="cpu")


def test_threads_come_to_the_results_of_one_after_the_other(guard: Protector) -> None:
    photos = [PORTRAIT, PORTRAIT[:, ::-1], PORTRAIT[10:, 15:], np.full((90, 80, 3), 200, np.uint8)]
    serial = [guard.protect(photo) for photo in photos]
    assert sum(bool(result.faces) for result in serial) == 3
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(guard.protect, photos))
    for one, other in zip(serial, together, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert one.similarity == other.similarity
        assert one.quality == other.quality


def test_yunet_in_threads_finds_what_it_finds_alone(tmp_path: Path) -> None:
    network = yunet_file(tmp_path / "yunet.onnx", strides=(8,))
    guard = Protector(device="cpu", detector=f"yunet:{network}")
    photos = []
    for height, width in ((120, 200), (200, 120)):
        pixels = np.full((height, width, 3), 90, np.uint8)
        pixels[16:24, 32:40] = (255, 0, 0)
        photos.append(Photo.from_array(pixels))
    alone = [[face.box for face in guard.find_faces([photo])[0]] for photo in photos]
    assert all(alone)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda photo: guard.find_faces([photo])[0], photos * 20))
    assert [[face.box for face in faces] for faces in found] == alone * 20


def test_progress_is_told_to_the_end(guard: Protector) -> None:
    told: list[float] = []
    guard.protect(PORTRAIT, progress=told.append)
    assert told == pytest.approx([(step + 1) / STEPS for step in range(STEPS)])


def test_a_cancelled_token_stops_between_steps(guard: Protector) -> None:
    token, told = CancelToken(), []

    def after_the_first(share: float) -> None:
        told.append(share)
        token.cancel("the visitor has left")

    with pytest.raises(Cancelled, match="the visitor has left"):
        guard.protect(PORTRAIT, progress=after_the_first, cancel=token)
    assert len(told) == 1
    with pytest.raises(Cancelled):
        guard.protect(PORTRAIT, cancel=token)


def test_a_cancelled_album_leaves_complete_files_and_goes_on(album: Path, tmp_path: Path) -> None:
    token = CancelToken()
    run = protect_album(FakeGuard(), album, tmp_path / "out", batch_faces=1, cancel=token)
    done = [next(run) for _ in range(3)]
    token.cancel()
    with pytest.raises(Cancelled):
        next(run)
    names = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    written = {outcome.relative.name for outcome in done if outcome.reason != "" or outcome.result}
    assert names == (written - {"e.jpg"}) | {"faceguard-manifest.jsonl"}
    list(protect_album(FakeGuard(), album, tmp_path / "out", batch_faces=1))
    list(protect_album(FakeGuard(), album, tmp_path / "whole", batch_faces=1))
    for path in (tmp_path / "whole").rglob("*.png"):
        assert path.read_bytes() == (tmp_path / "out" / path.relative_to(tmp_path / "whole")).read_bytes()


def test_a_token_reaches_the_batch_at_hand(album: Path, tmp_path: Path) -> None:
    token = CancelToken()
    guard = FakeGuard()
    guard.before_protecting = lambda photos: (token.cancel(), token.check())
    with pytest.raises(Cancelled):
        list(protect_album(guard, album, tmp_path / "out", cancel=token))
    assert guard.batches == [["a.png", "b.png", "d.png"]]  # not tried again one by one
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lookahead")]


def test_nothing_is_printed(guard: Protector, capfd: pytest.CaptureFixture[str]) -> None:
    guard.protect(PORTRAIT)
    with pytest.raises(PhotoError):
        guard.protect(b"not a photo")
    assert capfd.readouterr() == ("", "")
    assert any(isinstance(h, logging.NullHandler) for h in logging.getLogger("faceguard").handlers)


def test_too_little_memory_is_a_photo_error(guard: Protector, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(guard, "protect_photos", none_left)
    with pytest.raises(PhotoError, match="not enough memory"):
        guard.protect(PORTRAIT)
