"""Several clients: one after the other, each with its place, and each may leave."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from faceguard.errors import SettingsError
from faceguard.photos import DiskFullError, Photo
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.web.conftest import FakeGuards, Served
from tests.faceguard.web.requests_of_clients import error, finished, new_job, photo, protected, send, start


class Gatekeeper:
    """Holds a guard up until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, guard: FakeGuard) -> None:
        guard.before_protecting = self._wait

    def _wait(self, photos: Sequence[Photo]) -> None:
        self.reached.set()
        assert self.go_on.wait(20)


@pytest.fixture
def gatekeeper(guards: FakeGuards) -> Iterator[Gatekeeper]:
    keeper = Gatekeeper()
    guards.change = keeper
    yield keeper
    keeper.go_on.set()


def started(served: Served, photos: int = 1) -> str:
    job = new_job(served.client)
    for number in range(photos):
        send(served.client, job, f"{number}.png", photo(2))
    start(served.client, job)
    return job


def ahead(served: Served, job: str) -> tuple[str, int]:
    status = served.client.get(f"/api/jobs/{job}").json()["status"]
    return status["state"], status["ahead"]


def test_clients_see_their_place(served: Served, gatekeeper: Gatekeeper) -> None:
    first, second, third = (started(served) for _ in range(3))
    assert gatekeeper.reached.wait(10)

    assert [ahead(served, job) for job in (first, second, third)] == [
        ("running", 0),
        ("waiting", 1),
        ("waiting", 2),
    ]
    served.client.post(f"/api/jobs/{second}/cancel")
    assert ahead(served, third) == ("waiting", 1)
    gatekeeper.go_on.set()
    assert finished(served.client, third)["status"]["protected"] == 1
    assert finished(served.client, second)["status"]["state"] == "cancelled"
    assert len(served.guards.asked) == 2


def test_a_job_that_runs_is_cancelled_and_keeps_what_is_finished(
    served: Served, gatekeeper: Gatekeeper
) -> None:
    job = started(served, photos=30)
    assert gatekeeper.reached.wait(10)
    shown = served.client.post(f"/api/jobs/{job}/cancel").json()
    assert shown["status"]["state"] == "running"
    assert shown["status"]["stopping"] is True
    gatekeeper.go_on.set()

    ended = finished(served.client, job)
    assert ended["status"]["state"] == "cancelled"
    assert "cancelled" in ended["status"]["message"]
    assert ended["status"]["protected"] < 30
    assert protected(served.client, {"a.png": photo()})["status"]["state"] == "done"


def test_a_job_that_runs_is_removed_as_soon_as_it_stops(served: Served, gatekeeper: Gatekeeper) -> None:
    job = started(served, photos=3)
    assert gatekeeper.reached.wait(10)
    assert served.client.delete(f"/api/jobs/{job}").status_code == 204
    assert served.client.get(f"/api/jobs/{job}").status_code == 404
    gatekeeper.go_on.set()
    protected(served.client, {"a.png": photo()})
    assert len(list(served.folder.glob("job-*"))) == 1


def test_cancelling_twice_or_after_the_end_does_no_harm(served: Served) -> None:
    job = protected(served.client, {"a.png": photo()})["id"]
    for _ in range(2):
        assert served.client.post(f"/api/jobs/{job}/cancel").json()["status"]["state"] == "done"


def test_a_cancelled_job_takes_no_photos(served: Served) -> None:
    job = new_job(served.client)
    served.client.post(f"/api/jobs/{job}/cancel")
    assert error(send(served.client, job, "a.png", photo()))["code"] == "already-started"
    assert served.client.post(f"/api/jobs/{job}/start").status_code == 409


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (SettingsError("me.jpg and you.jpg show the same person"), "show the same person"),
        (DiskFullError("/somewhere/000001: no space left"), "no room left"),
        (RuntimeError("the network melted"), "RuntimeError: the network melted"),
    ],
)
def test_an_album_that_fails_as_a_whole_says_why_and_the_next_one_runs(
    served: Served, guards: FakeGuards, trouble: Exception, says: str
) -> None:
    def fail(guard: FakeGuard) -> None:
        raise trouble

    guards.change = fail
    failed = protected(served.client, {"a.png": photo()})
    assert failed["status"]["state"] == "failed"
    assert says in failed["status"]["message"]
    assert "/somewhere" not in failed["status"]["message"]
    guards.change = lambda guard: None
    assert protected(served.client, {"a.png": photo()})["status"]["state"] == "done"


def test_closing_stops_the_work_and_removes_all(served: Served, gatekeeper: Gatekeeper) -> None:
    started(served, photos=30)
    assert gatekeeper.reached.wait(10)
    served.jobs.announce_closing()
    gatekeeper.go_on.set()
    served.jobs.close()
    assert not list(served.folder.glob("job-*"))
    assert threading.active_count() < 50
