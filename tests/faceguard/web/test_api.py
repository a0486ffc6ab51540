"""A job from its photos to its downloads."""

from __future__ import annotations

import io
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image

from faceguard.photos import MetadataPolicy
from faceguard.web.job import JobSettings
from faceguard.web.limits import Limits
from tests.faceguard.fake_guard import FakeGuard
from tests.faceguard.web.conftest import Clock, Served
from tests.faceguard.web.requests_of_clients import (
    damaged_photo,
    error,
    events,
    finished,
    new_job,
    photo,
    protected,
    send,
    start,
)


def red(data: bytes) -> int:
    """How much red is left of the fake guard's faces."""
    return int(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[0, 1, 0])


def test_an_album_is_protected(served: Served) -> None:
    job = protected(served.client, {"a.png": photo(), "below/b.png": photo(2)}, strength="high")

    assert job["status"]["state"] == "done"
    assert [(each["name"], each["state"], len(each["faces"])) for each in job["photos"]] == [
        ("a.png", "protected", 1),
        ("below/b.png", "protected", 2),
    ]
    assert job["photos"][0]["recognisers"][0]["recognised"] == 0
    assert job["summary"]["counts"]["protected"] == 2
    assert served.guards.asked == [(JobSettings("high", MetadataPolicy.KEEP), 0, 0)]


def test_downloads_keep_name_type_and_size(served: Served) -> None:
    job = protected(served.client, {"below/Größe 1.png": photo(), "b.jpg": photo(kind="JPEG")})
    path = f"/api/jobs/{job['id']}/photos"

    one = served.client.get(f"{path}/1/download")
    assert one.headers["content-type"] == "image/png"
    assert one.headers["content-disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%201.png"
    assert Image.open(io.BytesIO(one.content)).format == "PNG"
    assert red(one.content) < 255 == red(photo())
    other = served.client.get(f"{path}/2/download")
    assert other.headers["content-type"] == "image/jpeg"
    assert other.headers["content-disposition"] == 'attachment; filename="b.jpg"'


def test_before_is_the_upload_and_after_the_download(served: Served) -> None:
    job = protected(served.client, {"a.png": photo()})
    path = f"/api/jobs/{job['id']}/photos/1"

    assert served.client.get(f"{path}/before").content == photo()
    assert served.client.get(f"{path}/after").content == served.client.get(f"{path}/download").content
    assert served.client.get(f"{path}/thumbnail").headers["content-type"] == "image/jpeg"


def test_what_browsers_cannot_show_is_shown_as_png(served: Served) -> None:
    job = protected(served.client, {"a.tif": photo(kind="TIFF")})
    path = f"/api/jobs/{job['id']}/photos/1"

    assert served.client.get(f"{path}/download").headers["content-type"] == "image/tiff"
    before, after = (served.client.get(f"{path}/{side}") for side in ("before", "after"))
    assert before.headers["content-type"] == after.headers["content-type"] == "image/png"
    assert red(before.content) == 255 > red(after.content)


def test_thumbnails_are_small(served: Served) -> None:
    job = protected(served.client, {"a.png": photo(size=(400, 640)), "b.png": photo(0, size=(900, 90))})
    sizes = [
        Image.open(io.BytesIO(served.client.get(f"/api/jobs/{job['id']}/photos/{n}/thumbnail").content)).size
        for n in (1, 2)
    ]
    assert sizes == [(320, 200), (32, 320)]


def test_the_zip_holds_all_finished_photos_under_their_names(served: Served) -> None:
    photos = {"a.png": photo(), "below/b.png": photo(0), "damaged.png": damaged_photo()}
    job = protected(served.client, photos)

    answer = served.client.get(f"/api/jobs/{job['id']}/zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.png", "below/b.png"]
        assert archive.read("below/b.png") == photo(0)
        assert red(archive.read("a.png")) < 255


def test_one_bad_photo_does_not_stop_the_others(served: Served) -> None:
    job = protected(served.client, {"a.png": photo(), "damaged.png": damaged_photo(), "none.png": photo(0)})

    assert [each["state"] for each in job["photos"]] == ["protected", "failed", "no face"]
    assert "damaged" in job["photos"][1]["reason"]
    assert job["status"] | {"progress": None} == {
        "state": "done",
        "ahead": 0,
        "stopping": False,
        "photos": 3,
        "protected": 1,
        "without_face": 1,
        "not_chosen": 0,
        "failed": 1,
        "progress": None,
        "message": "",
    }
    entries = job["summary"]["not_protected"]
    assert [entry["photo"] for entry in entries] == ["damaged.png", "none.png"]
    answer = served.client.get(f"/api/jobs/{job['id']}/photos/2/download")
    assert answer.status_code == 404
    assert error(answer)["file"] == "damaged.png"
    assert "damaged" in error(answer)["message"]


def test_events_tell_of_each_photo_once_and_of_the_end(served: Served) -> None:
    job = protected(served.client, {"a.png": photo(), "b.png": photo(2), "c.png": photo(0)})

    told = events(served.client, job["id"])
    assert sorted(data["name"] for kind, data in told if kind == "photo") == ["a.png", "b.png", "c.png"]
    assert told[-1] == ("status", job["status"])
    again = events(served.client, job["id"], seen=2)
    assert [kind for kind, _ in again] == ["photo", "status"]


def test_progress_is_told_while_it_runs(served: Served) -> None:
    go_on = threading.Event()

    def wait(guard: FakeGuard) -> None:
        guard.before_protecting = lambda photos: go_on.wait(10)  # type: ignore[assignment]

    served.guards.change = wait
    job = new_job(served.client)
    send(served.client, job, "a.png", photo())
    start(served.client, job)
    seen: list[str] = []
    while "protecting" not in seen:
        progress = served.client.get(f"/api/jobs/{job}").json()["status"]["progress"]
        seen.append(progress["phase"] if progress else "")
    go_on.set()
    assert finished(served.client, job)["status"]["protected"] == 1


def test_what_a_client_chose_is_heeded(served: Served) -> None:
    image = Image.new("RGB", (12, 8), (100, 100, 100))
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    job = protected(served.client, {"a.jpg": buffer.getvalue()}, metadata="strip-all")

    written = served.client.get(f"/api/jobs/{job['id']}/photos/1/download").content
    assert b"a secret" in buffer.getvalue()
    assert b"a secret" not in written


@pytest.mark.parametrize(
    ("settings", "says"), [({"strength": "huge"}, "low, medium, high"), ({"metadata": "some"}, "metadata")]
)
def test_unknown_settings_are_refused(served: Served, settings: dict[str, str], says: str) -> None:
    answer = served.client.post("/api/jobs", json=settings)
    assert answer.status_code == 422
    assert says in error(answer)["message"]


def test_references_choose_people(served: Served) -> None:
    job = new_job(served.client)
    for name, role in (("me.png", "only"), ("../you.png", "except"), ("too.png", "only")):
        answer = served.client.post(
            f"/api/jobs/{job}/people", params={"name": name, "role": role}, content=photo(3, size=(30, 30))
        )
        assert answer.status_code == 201, answer.text
    send(served.client, job, "a.png", photo())
    start(served.client, job)

    shown = finished(served.client, job)
    assert shown["people"] == [
        {"name": "me.png", "role": "only"},
        {"name": "you.png", "role": "except"},
        {"name": "too.png", "role": "only"},
    ]
    assert [each["name"] for each in shown["photos"]] == ["a.png"]
    assert served.guards.asked[0][1:] == (2, 1)


def test_a_reference_without_a_face_is_refused_at_once(served: Served) -> None:
    job = new_job(served.client)
    small = photo(0, size=(1, 1))
    answer = served.client.post(f"/api/jobs/{job}/people", params={"name": "me.png"}, content=small)
    assert answer.status_code == 422
    assert error(answer) == {
        "code": "unusable-reference",
        "file": "me.png",
        "message": "me.png: no face found on this reference; give a larger photo",
    }
    assert served.client.get(f"/api/jobs/{job}").json()["people"] == []
    assert not any(path.is_file() for path in served.folder.glob("job-*/**/*"))


def test_a_job_has_to_be_started_with_photos_and_once(served: Served) -> None:
    job = new_job(served.client)
    assert error(served.client.post(f"/api/jobs/{job}/start"))["code"] == "no-photos"
    send(served.client, job, "a.png", photo())
    start(served.client, job)
    assert served.client.post(f"/api/jobs/{job}/start").status_code == 409
    late = send(served.client, job, "b.png", photo())
    assert late.status_code == 409
    assert "make another" in error(late)["message"]


def test_there_is_no_zip_before_the_end(served: Served) -> None:
    job = new_job(served.client)
    assert error(served.client.get(f"/api/jobs/{job}/zip"))["code"] == "not-finished"


def test_removing_a_job_removes_its_photos(served: Served) -> None:
    job = protected(served.client, {"a.png": photo()})["id"]
    assert any(path.is_file() for path in served.folder.glob("job-*/**/*"))

    assert served.client.delete(f"/api/jobs/{job}").status_code == 204
    assert not list(served.folder.glob("job-*"))
    assert error(served.client.get(f"/api/jobs/{job}"))["code"] == "no-such-job"


def test_what_nobody_looks_at_is_removed(served: Served, clock: Clock) -> None:
    old = protected(served.client, {"a.png": photo()})["id"]
    clock.now = 20 * 60
    looked_at = protected(served.client, {"a.png": photo()})["id"]
    clock.now = 29 * 60
    served.client.get(f"/api/jobs/{looked_at}")
    assert served.jobs.remove_forgotten() == 0
    clock.now = 31 * 60
    assert served.jobs.remove_forgotten() == 1
    assert served.client.get(f"/api/jobs/{old}").status_code == 404
    assert served.client.get(f"/api/jobs/{looked_at}").status_code == 200
    assert len(list(served.folder.glob("job-*"))) == 1


def test_openapi_describes_everything_and_nothing_is_loaded_from_elsewhere(served: Served) -> None:
    described = served.client.get("/openapi.json").json()
    assert {"/healthz", "/api/jobs", "/api/jobs/{job_id}/photos"} <= set(described["paths"])
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["description"]
    for path in ("/docs", "/redoc"):
        assert served.client.get(path).status_code == 404


def test_about_says_what_is_taken(served: Served) -> None:
    told = served.client.get("/api/about").json()
    assert [each["name"] for each in told["strengths"]] == ["low", "medium", "high"]
    assert told["limits"]["photo_bytes"] == Limits().photo_bytes
    assert ".jpg" in told["extensions"]
    assert told["is_local"] is True
