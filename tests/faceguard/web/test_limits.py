"""What is too much is refused, with an answer that says what to do; the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from faceguard.album import work
from faceguard.errors import SettingsError
from faceguard.photos import Photo
from faceguard.web.limits import Limits
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.web.conftest import Clock, FakeGuards, Served
from tests.faceguard.web.requests_of_clients import error, finished, new_job, photo, protected, send, start

SMALL = photo()
LARGE = photo(3, size=(60, 60))


@pytest.fixture
def limits() -> Limits:
    assert 72 < len(SMALL) < 120 < len(LARGE) < 400
    return Limits(pixels=4000, photo_mb=400e-6, photos=2, total_mb=700e-6, jobs=2, minutes=5)


def test_a_file_that_is_too_large(served: Served) -> None:
    job = new_job(served.client)
    answer = send(served.client, job, "a.png", SMALL + b"\0" * 400)
    assert answer.status_code == 413
    assert error(answer)["code"] == "photo-too-large"
    assert error(answer)["file"] == "a.png"
    assert "--max-photo-mb" in error(answer)["message"]
    assert send(served.client, job, "a.png", SMALL).json()["name"] == "a.png"


def test_a_file_that_does_not_say_how_large_it_is(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"\0" * 100

    job = new_job(served.client)
    answer = served.client.post(f"/api/jobs/{job}/photos", params={"name": "a.png"}, content=pieces())
    assert error(answer)["code"] == "photo-too-large"
    assert not any(path.is_file() for path in served.folder.glob("job-*/**/*"))


def test_too_many_pixels(served: Served) -> None:
    answer = send(served.client, new_job(served.client), "a.png", photo(size=(70, 60)))
    assert answer.status_code == 413
    assert error(answer)["code"] == "too-many-pixels"
    assert "60 × 70" in error(answer)["message"]


def test_too_many_photos(served: Served) -> None:
    job = new_job(served.client)
    answers = [send(served.client, job, f"{name}.png", SMALL) for name in "abc"]
    assert [answer.status_code for answer in answers] == [201, 201, 413]
    assert error(answers[2])["code"] == "too-many-photos"
    start(served.client, job)
    assert finished(served.client, job)["status"]["protected"] == 2


def test_an_album_that_is_too_large(served: Served) -> None:
    job = new_job(served.client)
    assert send(served.client, job, "a.png", LARGE + b"\0" * (400 - len(LARGE))).status_code == 201
    answer = send(served.client, job, "b.png", LARGE + b"\0" * (301 - len(LARGE)))
    assert answer.status_code == 413
    assert error(answer)["code"] == "album-too-large"
    assert send(served.client, job, "b.png", SMALL).status_code == 201


def test_references_count_for_the_size_of_an_album(served: Served) -> None:
    job = new_job(served.client)
    large = LARGE + b"\0" * (400 - len(LARGE))
    path = f"/api/jobs/{job}/people"
    assert served.client.post(path, params={"name": "me.png"}, content=large).status_code == 201
    again = served.client.post(path, params={"name": "me too.png"}, content=large)
    assert (
        error(again)["code"] == error(send(served.client, job, "a.png", large))["code"] == "album-too-large"
    )
    assert send(served.client, job, "a.png", SMALL).status_code == 201


@pytest.mark.parametrize("limits", [Limits()])
def test_too_many_references(served: Served) -> None:
    job = new_job(served.client)
    path = f"/api/jobs/{job}/people"
    for _ in range(20):
        assert served.client.post(path, params={"name": "me.png"}, content=LARGE).status_code == 201
    answer = served.client.post(path, params={"name": "me.png"}, content=LARGE)
    assert answer.status_code == 413
    assert error(answer)["code"] == "too-many-people"


def test_too_many_albums(served: Served) -> None:
    first = new_job(served.client)
    new_job(served.client)
    answer = served.client.post("/api/jobs", json={})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert error(answer)["code"] == "too-many-jobs"
    served.client.delete(f"/api/jobs/{first}")
    new_job(served.client)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty file"), (b"just a text", "its content is text"), (SMALL[:-30], "truncated")],
)
def test_what_is_no_photo(served: Served, data: bytes, says: str) -> None:
    job = new_job(served.client)
    answer = send(served.client, job, "below/a.jpg", data)
    assert answer.status_code == 415
    assert error(answer)["file"] == "below/a.jpg"
    assert says in error(answer)["message"]
    assert send(served.client, job, "b.png", SMALL).json()["number"] == 2


@pytest.mark.parametrize("limits", [Limits(upload_seconds=1e-9)])
def test_an_upload_that_takes_too_long(served: Served) -> None:
    job = new_job(served.client)
    answer = send(served.client, job, "a.png", SMALL)
    assert answer.status_code == 408
    assert error(answer)["code"] == "upload-too-slow"
    assert not any(path.is_file() for path in served.folder.glob("job-*/**/*"))


@pytest.mark.parametrize("limits", [Limits(minutes=5)])
def test_an_album_that_takes_too_long_keeps_what_is_finished(
    served: Served, guards: FakeGuards, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_lookers", lambda: 1)  # or all batches may begin before the first is written

    def slow(photos: Sequence[Photo]) -> None:
        clock.now += 100

    def slow_down(guard: FakeGuard) -> None:
        guard.before_protecting = slow

    guards.change = slow_down
    job = protected(served.client, {f"{number}.png": photo(9) for number in range(4)})  # 16 faces are a batch
    assert job["status"]["state"] == "failed"
    assert 1 <= job["status"]["protected"] < 4  # how far it comes depends on how far it works ahead
    assert "5 minutes" in job["status"]["message"]
    assert "--max-minutes" in job["status"]["message"]
    assert served.client.get(f"/api/jobs/{job['id']}/zip").status_code == 200


def test_places_of_uploads_that_fail_are_given_back(served: Served) -> None:
    job = new_job(served.client)
    for _ in range(5):
        assert send(served.client, job, "a.png", b"text").status_code == 415
    assert send(served.client, job, "a.png", SMALL).json()["name"] == "a.png"
    start(served.client, job)
    assert finished(served.client, job)["status"]["photos"] == 1


def test_uploads_at_the_same_time_do_not_pass_the_limits(served: Served) -> None:
    job = new_job(served.client)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(send(served.client, job, "a.png", SMALL).status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 201, 413, 413, 413, 413]
    names = {each["name"] for each in served.client.get(f"/api/jobs/{job}").json()["photos"]}
    assert len(names) == 2


@pytest.mark.parametrize("wrong", [{"photos": 0}, {"minutes": -1.0}, {"photo_mb": float("nan")}])
def test_limits_are_above_zero(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        Limits(**wrong)  # type: ignore[arg-type]
