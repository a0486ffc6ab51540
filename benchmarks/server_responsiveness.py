"""How fast `faceguard serve` answers while it protects an album: /healthz every tenth of a second.

python benchmarks/server_responsiveness.py FOLDER --photos 50
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import requests

from faceguard.photos import find_photos

_SECONDS_BETWEEN = 0.1


def main() -> None:
    """Starts a server, protects photos with it, and prints what its answers took meanwhile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=50)
    arguments = parser.parse_args()
    photos = find_photos([arguments.folder], Path("nowhere")).photos[: arguments.photos]
    command = [sys.executable, "-m", "faceguard", "serve", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
            job = (
                f"{address}/api/jobs/{requests.post(f'{address}/api/jobs', json={}, timeout=60).json()['id']}"
            )
            for photo in photos:
                name = {"name": photo.relative.as_posix()}
                sent = requests.post(f"{job}/photos", params=name, data=photo.source.read_bytes(), timeout=60)
                sent.raise_for_status()
            requests.post(f"{job}/start", timeout=60).raise_for_status()
            begun = time.monotonic()
            took, ended = _measured(address, job)
            elapsed = time.monotonic() - begun
        finally:
            server.terminate()
    milliseconds = np.array(took) * 1000
    print(f"{len(photos)} photos in {elapsed:.0f} s: {ended}")
    print(
        f"/healthz: n = {len(took)}, median {np.median(milliseconds):.1f} ms, "
        f"95 % below {np.percentile(milliseconds, 95):.1f} ms, longest {milliseconds.max():.1f} ms"
    )


def _measured(address: str, job: str) -> tuple[list[float], dict[str, object]]:
    """The seconds that each answer took, until the job was at its end; and its status then."""
    took: list[float] = []
    for number in itertools.count():
        start = time.perf_counter()
        requests.get(f"{address}/healthz", timeout=60).raise_for_status()  # with a connection of its own
        took.append(time.perf_counter() - start)
        if number % 20 == 0:
            status = requests.get(job, timeout=60).json()["status"]
            if status["state"] not in ("waiting", "running"):
                return took, status
        time.sleep(_SECONDS_BETWEEN)
    raise AssertionError("unreachable")


if __name__ == "__main__":
    main()
