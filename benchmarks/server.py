"""How fast `faceguard serve` answers while it protects an album: /healthz every tenth of a second."""

from __future__ import annotations

import argparse
import itertools
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import requests

from benchmarks.bench import Bench
from benchmarks.child import faceguard
from benchmarks.figure import Figure
from benchmarks.sample_photos import write_album
from faceguard.cli.argument_types import whole
from faceguard.errors import FaceguardError, SettingsError
from faceguard.photos import list_photos

_SECONDS_BETWEEN = 0.1
_MEGAPIXELS = 0.3  # of a sample
_TIMEOUT = 60  # seconds


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds how many photos it is busy with."""
    parser.add_argument("--photos", type=whole(1), metavar="N", default=50, help="default: 50")


def measure(bench: Bench, options: argparse.Namespace) -> Iterator[Figure]:
    """Starts a server, sends it photos, and asks it how it is until they are protected."""
    if bench.clock.kind != "wall":
        raise SettingsError("how fast a server answers is told by the wall's clock: leave --clock out")
    with tempfile.TemporaryDirectory() as scratch:
        if bench.data is None:
            write_album(Path(scratch), 1 if bench.quick else options.photos, _MEGAPIXELS)
        photos = list(islice(list_photos(bench.data or Path(scratch)).photos, options.photos))
        command = faceguard("serve", "--port", "0", "--no-browser")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
                job = f"{address}/api/jobs/{_answer('post', f'{address}/api/jobs', json={}).json()['id']}"
                for photo in photos:
                    name = {"name": photo.relative.as_posix()}
                    _answer("post", f"{job}/photos", params=name, data=photo.source.read_bytes())
                _answer("post", f"{job}/start")
                begun = time.perf_counter()
                took, state = _measured(address, job)
                elapsed = time.perf_counter() - begun
            finally:
                server.terminate()
    if state != "done":
        raise FaceguardError(f"the server's job ended as {state!r}")
    milliseconds = tuple(1000 * each for each in took)
    late = float(np.percentile(milliseconds, 95))
    yield Figure("healthz", "ms", milliseconds, facts={"95 % below": late, "photos": len(photos)})
    yield Figure("album", "s", (elapsed,), facts={"photos": len(photos)})


def _answer(method: str, address: str, **sent: object) -> requests.Response:
    response = requests.request(method, address, timeout=_TIMEOUT, **sent)  # type: ignore[arg-type]
    response.raise_for_status()
    return response


def _measured(address: str, job: str) -> tuple[list[float], str]:
    """The seconds that each answer took until the job was at its end, and how it ended."""
    took: list[float] = []
    for number in itertools.count():
        start = time.perf_counter()
        _answer("get", f"{address}/healthz")  # with a connection of its own
        took.append(time.perf_counter() - start)
        if number % 20 == 0:
            state = str(_answer("get", job).json()["status"]["state"])
            if state not in ("waiting", "running"):
                return took, state
        time.sleep(_SECONDS_BETWEEN)
    raise AssertionError("unreachable")
