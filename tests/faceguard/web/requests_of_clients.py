"""What clients of the API do, in one word each."""

from __future__ import annotations

import io
import json
import time
import zlib
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image


def photo(faces: int = 1, kind: str = "PNG", size: tuple[int, int] = (8, 12)) -> bytes:
    """A file for the fake guard, which takes columns of pure red for faces."""
    pixels = np.full((*size, 3), 100, np.uint8)
    pixels[:, 1 : 1 + faces] = (255, 0, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def damaged_photo() -> bytes:
    """A file with a sound header, whose pixels cannot be decoded."""
    data = bytearray(photo(size=(40, 40)))
    start = data.index(b"IDAT")
    end = start + 4 + int.from_bytes(data[start - 4 : start])
    data[start + 6 : end] = b"\xff" * (end - start - 6)
    data[end : end + 4] = zlib.crc32(data[start:end]).to_bytes(4)
    return bytes(data)


def new_job(client: TestClient, **settings: str) -> str:
    answer = client.post("/api/jobs", json=settings)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send(client: TestClient, job: str, name: str, data: bytes) -> Any:
    return client.post(f"/api/jobs/{job}/photos", params={"name": name}, content=data)


def start(client: TestClient, job: str) -> None:
    answer = client.post(f"/api/jobs/{job}/start")
    assert answer.status_code == 202, answer.text


def finished(client: TestClient, job: str, seconds: float = 10) -> dict[str, Any]:
    """Waits for a job's end."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shown: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if shown["status"]["state"] in ("done", "cancelled", "failed"):
            return shown
        time.sleep(0.01)
    raise AssertionError(f"not finished after {seconds} s: {shown['status']}")


def protected(client: TestClient, photos: dict[str, bytes], **settings: str) -> dict[str, Any]:
    """A job from its beginning to its end."""
    job = new_job(client, **settings)
    for name, data in photos.items():
        answer = send(client, job, name, data)
        assert answer.status_code == 201, answer.text
    start(client, job)
    return finished(client, job)


def events(client: TestClient, job: str, seen: int | None = None) -> list[tuple[str, dict[str, Any]]]:
    """All events of a job until its end."""
    headers = {} if seen is None else {"Last-Event-ID": str(seen)}
    text = client.get(f"/api/jobs/{job}/events", headers=headers).text
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def error(answer: Any) -> dict[str, Any]:
    """What an answer says is wrong."""
    found: dict[str, Any] = answer.json()["error"]
    return found
