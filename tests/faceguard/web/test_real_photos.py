"""The server with real protectors on real photos."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from faceguard.album.protecting import protect_album
from faceguard.protector import Protector
from faceguard.web.access import access_for
from faceguard.web.app import make_app
from faceguard.web.jobs import Jobs
from faceguard.web.limits import Limits
from faceguard.web.protectors import Protectors
from tests.faceguard.web.conftest import ADDRESS
from tests.faceguard.web.requests_of_clients import error, finished, new_job, photo, send, start

pytestmark = pytest.mark.slow
_SECONDS = 300


@pytest.fixture(scope="module")
def protectors() -> Protectors:
    return Protectors(surrogates=["dlib"], detector="mtcnn", device="cpu", seed=0, min_face=24)


@pytest.fixture
def client(tmp_path: Path, protectors: Protectors) -> Iterator[TestClient]:
    with (
        Jobs(tmp_path, Limits(), protectors) as jobs,
        TestClient(make_app(jobs, access_for("127.0.0.1", None)), ADDRESS) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def photos(data_root: Path) -> list[Path]:
    """Two photos of one person, and one of another."""
    folders = sorted((data_root / "lfw" / "lfw").iterdir())
    several = next(folder for folder in folders if len(list(folder.iterdir())) > 2)
    other = next(folder for folder in folders if folder != several)
    return [*sorted(several.iterdir())[:2], min(other.iterdir())]


def test_it_comes_to_the_same_files_as_the_library(
    client: TestClient, photos: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    job = new_job(client, strength="low")
    for path in photos:
        assert send(client, job, path.name, path.read_bytes()).status_code == 201
    start(client, job)
    assert finished(client, job, _SECONDS)["status"]["protected"] == 3

    folder = tmp_path_factory.mktemp("library")
    list(protect_album(Protector(strength="low", device="cpu"), photos, folder))
    with zipfile.ZipFile(io.BytesIO(client.get(f"/api/jobs/{job}/zip").content)) as archive:
        assert sorted(archive.namelist()) == sorted(path.name for path in photos)
        for path in photos:
            assert archive.read(path.name) == (folder / path.name).read_bytes()


def test_only_the_person_on_the_reference_is_protected(client: TestClient, photos: list[Path]) -> None:
    reference, same, other = photos
    job = new_job(client, strength="low")
    faceless = client.post(
        f"/api/jobs/{job}/people", params={"name": "me.png"}, content=photo(0, size=(90, 90))
    )
    assert faceless.status_code == 422
    assert "no face found" in error(faceless)["message"]
    assert str(photos[0].parent) not in error(faceless)["message"]
    taken = client.post(
        f"/api/jobs/{job}/people", params={"name": reference.name}, content=reference.read_bytes()
    )
    assert taken.status_code == 201
    for path in (same, other):
        send(client, job, path.name, path.read_bytes())
    start(client, job)

    shown = finished(client, job, _SECONDS)
    states = {each["name"]: each["state"] for each in shown["photos"]}
    assert states == {same.name: "protected", other.name: "not chosen"}
    assert shown["photos"][1]["left"][0]["match"]["unsure"] is False
    untouched = client.get(f"/api/jobs/{job}/photos/2/download").content
    assert untouched == other.read_bytes()


def test_cancelling_stops_within_a_batch(client: TestClient, photos: list[Path]) -> None:
    job = new_job(client)
    for number in range(6):
        send(client, job, f"{number}.jpg", photos[0].read_bytes())
    start(client, job)
    while (client.get(f"/api/jobs/{job}").json()["status"]["progress"] or {}).get("phase") != "protecting":
        pass
    client.post(f"/api/jobs/{job}/cancel")
    status = finished(client, job, _SECONDS)["status"]
    assert (status["state"], status["protected"]) == ("cancelled", 0)
