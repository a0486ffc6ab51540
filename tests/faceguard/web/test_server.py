"""A server that really listens."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Sequence

import httpx2 as httpx
import pytest

from faceguard.errors import SettingsError
from faceguard.photos import Photo
from faceguard.web.limits import Limits
from faceguard.web.server import address_of, listen
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.web.conftest import Running
from tests.faceguard.web.requests_of_clients import photo


def started(client: httpx.Client) -> str:
    job = str(client.post("/api/jobs", json={}).json()["id"])
    assert client.post(f"/api/jobs/{job}/photos?name=a.png", content=photo()).status_code == 201
    assert client.post(f"/api/jobs/{job}/start").status_code == 202
    return job


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} on 127\.0\.0\.1 is taken.*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-machine.invalid", "203.0.113.7", "a" * 300])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1"):
        listen(host, 0)


def test_addresses_as_people_open_them() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert address_of(listener, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert address_of(listener, "localhost") == f"http://localhost:{port}/"
        assert address_of(listener, "::1") == f"http://[::1]:{port}/"
        assert address_of(listener, "0.0.0.0") == f"http://{socket.gethostname()}:{port}/"


def test_it_listens_here_only(running: Running) -> None:
    assert running.address.startswith("http://127.0.0.1:")
    assert httpx.get(f"{running.address}healthz").json() == {"status": "ok"}
    assert "server" not in httpx.get(f"{running.address}healthz").headers


def test_events_arrive_while_it_works_and_end(running: Running) -> None:
    go_on = threading.Event()

    def wait(photos: Sequence[Photo]) -> None:
        assert go_on.wait(20)

    def hold_up(guard: FakeGuard) -> None:
        guard.before_protecting = wait

    running.guards.change = hold_up
    with httpx.Client(base_url=running.address, timeout=20) as client:
        job = started(client)
        with client.stream("GET", f"/api/jobs/{job}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            kinds = []
            for line in answer.iter_lines():
                kinds.append(line)
                if '"phase":"protecting"' in line:
                    go_on.set()
        assert go_on.is_set()
        assert "event: photo" in kinds
        assert '"state":"done"' in kinds[-2]


def test_it_answers_at_once_while_the_working_thread_is_busy(running: Running) -> None:
    stop = threading.Event()

    def spin(photos: Sequence[Photo]) -> None:
        while not stop.is_set():  # never lets go of the interpreter by itself
            sum(range(1000))

    def keep_busy(guard: FakeGuard) -> None:
        guard.before_protecting = spin

    running.guards.change = keep_busy
    with httpx.Client(base_url=running.address, timeout=20) as client:
        job = started(client)
        took = []
        for _ in range(15):
            start = time.perf_counter()
            assert client.get("/healthz").status_code == 200
            took.append(time.perf_counter() - start)
        stop.set()
        assert client.get(f"/api/jobs/{job}").json()["status"]["state"] in ("running", "done")
    assert statistics.median(took) < 0.2


class TestWithLimits:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(photo_mb=0.1)

    def test_a_refusal_is_heard_although_the_body_is_still_coming(self, running: Running) -> None:
        with httpx.Client(base_url=running.address, timeout=20) as client:
            job = client.post("/api/jobs", json={}).json()["id"]
            answer = client.post(f"/api/jobs/{job}/photos?name=a.jpg", content=b"\0" * 390_000)
            assert answer.status_code == 413
            assert answer.json()["error"]["code"] == "photo-too-large"
            assert client.get("/healthz").status_code == 200


def test_a_broken_off_upload_leaves_nothing(running: Running) -> None:
    with httpx.Client(base_url=running.address, timeout=20) as client:
        job = client.post("/api/jobs", json={}).json()["id"]
        port = int(running.address.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(
                f"POST /api/jobs/{job}/photos?name=a.png HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                "Content-Length: 1000\r\n\r\nabc".encode()
            )
            time.sleep(0.2)
        held = running.jobs.get(job)
        end = time.monotonic() + 10
        while held.uploading and time.monotonic() < end:
            time.sleep(0.02)
        assert held.uploading == 0
        assert not list(held.uploads.iterdir())
