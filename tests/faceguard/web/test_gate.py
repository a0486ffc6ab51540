"""Who may come in: by host name, origin and token; and what every answer says to browsers."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from faceguard.errors import SettingsError
from faceguard.web.access import Access, access_for, host_name
from tests.faceguard.web.conftest import FakeGuards, Served
from tests.faceguard.web.requests_of_clients import error, new_job, photo, protected, send

TOKEN = "a-token-for-the-tests"


class TestOnThisMachine:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.0.0.1:8765", "localhost:1", "LOCALHOST", "[::1]:8765"]
    )
    def test_names_of_this_machine_are_answered(self, served: Served, host: str) -> None:
        assert served.client.get("/healthz", headers={"Host": host}).json() == {"status": "ok"}

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "127.0.0.1.evil.example",
            "evil.example:8765",
            "192.168.1.9",
            "",
            "[::1",
            "localhost:x",
        ],
    )
    @pytest.mark.parametrize("path", ["/", "/healthz", "/api/about", "/openapi.json"])
    def test_other_names_are_not(self, served: Served, host: str, path: str) -> None:
        answer = served.client.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "--allow-host" in error(answer)["message"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "http://127.0.0.1:9999"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_pages_of_other_sites_cannot_use_it(self, served: Served, headers: dict[str, str]) -> None:
        job = protected(served.client, {"a.png": photo()})["id"]
        answers = [
            served.client.post("/api/jobs", headers=headers, content=b"{}"),
            served.client.delete(f"/api/jobs/{job}", headers=headers),
            served.client.get(f"/api/jobs/{job}/photos/1/after", headers=headers),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert served.client.get(f"/api/jobs/{job}").status_code == 200

    def test_its_own_page_and_programs_can(self, served: Served) -> None:
        own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
        assert served.client.post("/api/jobs", headers=own, json={}).status_code == 201
        assert served.client.post("/api/jobs", json={}).status_code == 201

    def test_a_link_on_another_site_opens_the_page(self, served: Served) -> None:
        assert served.client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200

    @pytest.mark.parametrize(
        "path", ["/", "/page/main.js", "/healthz", "/api/about", "/nothing", "/api/jobs/x"]
    )
    def test_every_answer_has_the_headers(self, served: Served, path: str) -> None:
        headers = served.client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == ("no-cache" if path in ("/", "/page/main.js") else "no-store")

    def test_other_sites_are_not_allowed_to_read(self, served: Served) -> None:
        headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        answer = served.client.options("/api/jobs", headers=headers)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]

    def test_what_breaks_inside_is_an_answer_too(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(served.jobs, "create", lambda settings: 1 / 0)
        answer = served.client.post("/api/jobs", json={})
        assert answer.status_code == 500
        assert error(answer)["code"] == "internal-error"
        assert "ZeroDivision" not in answer.text
        assert "content-security-policy" in answer.headers

    @pytest.mark.parametrize(
        "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/nothing.js", "/page/"]
    )
    def test_only_the_page_is_served(self, served: Served, path: str) -> None:
        answer = served.client.get(path)
        assert answer.status_code == 404
        assert error(answer)["message"]

    def test_jobs_cannot_be_listed_or_guessed(self, served: Served) -> None:
        assert served.client.get("/api/jobs").status_code == 405
        assert len({new_job(served.client) for _ in range(5)}) == 5
        assert all(len(id) >= 32 for id in served.jobs._jobs)


class TestBeyondThisMachine:
    @pytest.fixture
    def access(self) -> Access:
        return access_for("0.0.0.0", TOKEN, ["photos.example"])

    @pytest.fixture
    def stranger(self, served: Served) -> TestClient:
        return served.client

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/about"),
            ("POST", "/api/jobs"),
            ("GET", "/api/jobs/x"),
            ("DELETE", "/api/jobs/x"),
            ("POST", "/api/jobs/x/photos?name=a"),
            ("GET", "/api/jobs/x/zip"),
            ("GET", "/api/nothing"),
        ],
    )
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Cookie": "faceguard-session=x"},
        ],
    )
    def test_without_the_token_nothing_is_done(
        self, stranger: TestClient, method: str, path: str, headers: dict[str, str]
    ) -> None:
        answer = stranger.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert error(answer)["code"] == "no-token"
        assert answer.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("path", ["/", "/page/main.js", "/healthz", "/openapi.json"])
    def test_what_holds_no_secret_is_open(self, stranger: TestClient, path: str) -> None:
        assert stranger.get(path).status_code == 200

    def test_with_the_token_everything_is_done(self, served: Served) -> None:
        served.client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert protected(served.client, {"a.png": photo()})["status"]["protected"] == 1
        assert served.client.get("/api/about").json()["is_local"] is False

    def test_browsers_show_the_token_once(self, stranger: TestClient) -> None:
        wrong = stranger.post("/api/session", headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == 401
        answer = stranger.post("/api/session", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert TOKEN not in cookie
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert send(stranger, new_job(stranger), "a.png", photo()).status_code == 201

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("192.168.1.9:8765", 200),
            ("photos.example", 200),
            ("Photos.Example.:80", 200),
            ("evil.example", 421),
        ],
    )
    def test_addresses_and_allowed_names_are_answered(
        self, stranger: TestClient, host: str, status: int
    ) -> None:
        assert stranger.get("/healthz", headers={"Host": host}).status_code == status


def test_a_token_is_made_up_beyond_this_machine() -> None:
    one, other = (access_for("0.0.0.0", None).token for _ in range(2))
    assert one is not None
    assert other is not None
    assert len(one) >= 32
    assert one != other
    assert access_for("127.0.0.1", None).token is None
    assert access_for("127.0.0.1", TOKEN).token == TOKEN


@pytest.mark.parametrize("token", ["", "short", "with a line\nbreak in it", "mit Umlauten äöüäöüäöü"])
def test_weak_tokens_are_refused(token: str) -> None:
    with pytest.raises(SettingsError, match="token"):
        access_for("0.0.0.0", token)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("a.b:80", "a.b"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("A.", "a"),
        ("::1", None),
        ("a:b", None),
        ("", None),
    ],
)
def test_host_names(header: str, name: str | None) -> None:
    assert host_name(header) == name


def test_guards_are_not_asked_by_strangers(served: Served, guards: FakeGuards) -> None:
    served.client.post("/api/jobs", headers={"Origin": "http://evil.example"}, json={})
    assert not guards.asked
