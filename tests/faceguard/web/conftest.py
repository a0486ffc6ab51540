"""A server without networks: `tests.faceguard.fake_guard` behind the real page and API."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from faceguard.errors import SettingsError
from faceguard.web.access import Access, access_for
from faceguard.web.app import make_app
from faceguard.web.job import JobSettings
from faceguard.web.jobs import Jobs
from faceguard.web.limits import Limits
from faceguard.web.private_folder import PrivateFolder
from faceguard.web.server import listen, make_server
from tests.faceguard.fake_guard import FakeGuard

ADDRESS = "http://127.0.0.1"


@dataclass
class FakeGuards:
    """Gives fake guards, and remembers what they were asked for; a small reference shows no face."""

    asked: list[tuple[JobSettings, int, int]] = field(default_factory=list)
    made: list[FakeGuard] = field(default_factory=list)
    change: Callable[[FakeGuard], None] = lambda guard: None

    def guard_for(self, settings: JobSettings, only: Sequence[bytes], but: Sequence[bytes]) -> FakeGuard:
        self.asked.append((settings, len(only), len(but)))
        guard = FakeGuard()
        self.change(guard)
        self.made.append(guard)
        return guard

    def check_reference(self, photo: bytes) -> None:
        if len(photo) < 75:
            raise SettingsError("no face found on this reference; give a larger photo")


@dataclass
class Served:
    """A server that tests talk to without a network."""

    client: TestClient
    jobs: Jobs
    guards: FakeGuards
    folder: Path


@dataclass
class Clock:
    """Time that passes when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def guards() -> FakeGuards:
    return FakeGuards()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def access() -> Access:
    return access_for("127.0.0.1", None)


@pytest.fixture
def served(
    tmp_path: Path, limits: Limits, access: Access, guards: FakeGuards, clock: Clock
) -> Iterator[Served]:
    parent = tmp_path / "temporary"
    parent.mkdir()
    with (
        PrivateFolder(parent) as folder,
        Jobs(folder.path, limits, guards, clock) as jobs,
        TestClient(make_app(jobs, access), ADDRESS, raise_server_exceptions=False) as client,
    ):
        yield Served(client, jobs, guards, folder.path)


@dataclass
class Running:
    """A server that listens on the loopback address."""

    address: str
    jobs: Jobs
    guards: FakeGuards


@pytest.fixture
def running(tmp_path: Path, limits: Limits, access: Access, guards: FakeGuards) -> Iterator[Running]:
    parent = tmp_path / "temporary"
    parent.mkdir()
    ready = threading.Event()
    with (
        listen("127.0.0.1", 0) as listener,
        PrivateFolder(parent) as folder,
        Jobs(folder.path, limits, guards) as jobs,
    ):
        server: uvicorn.Server = make_server(jobs, access, ready.set)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        assert ready.wait(20)
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}/", jobs, guards)
        jobs.announce_closing()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
