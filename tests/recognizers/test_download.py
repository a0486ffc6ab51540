"""Fetching from a server that breaks off, changes, refuses or lies."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from recognizers.catalogue import Download
from recognizers.download import DownloadError, download
from tests.recognizers.file_server import FileServer, serving

CONTENT = bytes(range(256)) * 4000
SOME, MORE = 18 * (1 << 14), 6 * (1 << 14)  # bytes after which the server hangs up


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving(CONTENT) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin"


def source(server: FileServer, content: bytes = CONTENT) -> Download:
    return Download(server.url("weights.bin"), hashlib.sha256(content).hexdigest(), len(content))


def never(_seconds: float) -> None:
    """Does not wait."""


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_a_file_comes_whole_with_its_progress(server: FileServer, target: Path) -> None:
    told: list[tuple[int, int]] = []
    download(source(server), target, lambda done, total: told.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert leftovers(target) == []
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert server.wanted_ranges == [None]


def test_what_broke_off_goes_on_where_it_stopped(server: FileServer, target: Path) -> None:
    server.breaks = [SOME, MORE]
    pauses: list[float] = []
    download(source(server), target, pause=pauses.append)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges == [None, f"bytes={SOME}-", f"bytes={SOME + MORE}-"]
    assert server.asked[1][1]["If-Range"] == '"first"'
    assert pauses == [0.5, 0.5]


def test_another_run_goes_on_too(server: FileServer, target: Path) -> None:
    server.breaks = [SOME, 0, 0, 0, 0]
    with pytest.raises(DownloadError, match=f"broke off after {SOME:,} of 1,024,000 bytes"):
        download(source(server), target, pause=never)
    assert leftovers(target) == ["weights.bin.part", "weights.bin.part.etag"]
    assert not target.exists()
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges[-1] == f"bytes={SOME}-"
    assert leftovers(target) == []


def test_a_run_stopped_by_hand_leaves_what_has_come(server: FileServer, target: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(source(server), target, stop)
    have = (target.parent / "weights.bin.part").stat().st_size
    assert have > 500_000
    download(source(server), target)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges[-1] == f"bytes={have}-"


def test_a_server_without_ranges_starts_over(server: FileServer, target: Path) -> None:
    server.ranges = False
    server.breaks = [SOME]
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges == [None, f"bytes={SOME}-"]


def test_a_file_that_changed_meanwhile_starts_over(server: FileServer, target: Path) -> None:
    old = bytes(reversed(CONTENT))
    server.content, server.etag = old, '"old"'
    server.breaks = [SOME, 0, 0, 0, 0]
    with pytest.raises(DownloadError):
        download(source(server), target, pause=never)
    server.content, server.etag = CONTENT, '"new"'
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_mark_of_its_version_a_mixture_is_noticed_and_fetched_again(
    etag: str, server: FileServer, target: Path
) -> None:
    server.etag = etag
    (target.parent / "weights.bin.part").write_bytes(b"?" * 1000)
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges == ["bytes=1000-", None]
    assert "If-Range" not in server.asked[0][1]


def test_a_part_that_is_whole_is_not_fetched_again(server: FileServer, target: Path) -> None:
    (target.parent / "weights.bin.part").write_bytes(CONTENT)
    download(source(server), target)
    assert target.read_bytes() == CONTENT
    assert server.asked == []


def test_a_part_that_is_too_long_is_thrown_away(server: FileServer, target: Path) -> None:
    (target.parent / "weights.bin.part").write_bytes(CONTENT + b"?")
    download(source(server), target)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges == [None]


def test_a_wrong_file_is_not_kept(server: FileServer, target: Path) -> None:
    server.content = b"?" + CONTENT[1:]
    with pytest.raises(DownloadError, match=r"weights\.bin: .*SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}"):
        download(source(server), target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"?", b"<html>Sign in</html>"])
def test_a_file_of_another_length_is_not_even_fetched(
    content: bytes, server: FileServer, target: Path
) -> None:
    server.content = content
    with pytest.raises(DownloadError, match=rf"has {len(content)} bytes, not {len(CONTENT)}"):
        download(source(server), target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_final(status: int, server: FileServer, target: Path) -> None:
    server.statuses = [status]
    with pytest.raises(DownloadError, match=rf"weights\.bin: the server answers {status}"):
        download(source(server), target, pause=never)
    assert len(server.asked) == 1
    assert list(target.parent.iterdir()) == []


def test_a_server_in_trouble_is_asked_again(server: FileServer, target: Path) -> None:
    server.statuses = [503, 429, 500]
    pauses: list[float] = []
    download(source(server), target, pause=pauses.append)
    assert target.read_bytes() == CONTENT
    assert pauses == [0.5, 1.0, 2.0]


def test_a_server_in_lasting_trouble_is_given_up(server: FileServer, target: Path) -> None:
    server.statuses = [503] * 10
    with pytest.raises(DownloadError, match="the server answers 503"):
        download(source(server), target, pause=never)
    assert len(server.asked) == 4


def test_a_part_beyond_the_files_end_starts_over(server: FileServer, target: Path) -> None:
    server.statuses = [416]
    (target.parent / "weights.bin.part").write_bytes(CONTENT[:1000])
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT
    assert server.wanted_ranges == ["bytes=1000-", None]


def test_other_addresses_are_followed(server: FileServer, target: Path) -> None:
    server.moved = server.url("moved")
    server.breaks = [SOME]
    download(source(server), target, pause=never)
    assert target.read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/weights.bin", "/moved"] * 2


def test_nobody_there(target: Path, server: FileServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        gone = Download(f"http://127.0.0.1:{port}/weights.bin", "00", 10)
        with pytest.raises(DownloadError, match="refused") as caught:
            download(gone, target, pause=never)
    assert "\n" not in str(caught.value)
    assert "object at" not in str(caught.value)


def test_a_name_that_cannot_be_found(target: Path, server: FileServer) -> None:
    with pytest.raises(DownloadError, match=r"weights\.invalid") as caught:
        download(Download("http://weights.invalid/weights.bin", "00", 10), target, pause=never)
    assert "object at" not in str(caught.value)


def test_the_proxy_of_the_environment_is_used(
    server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    far = Download("http://weights.invalid/weights.bin", source(server).sha256, len(CONTENT))
    download(far, target, pause=never)
    assert target.read_bytes() == CONTENT
    assert server.asked[0][0] == "http://weights.invalid/weights.bin"


def test_encrypted_addresses_go_through_https_proxy(
    server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
    with pytest.raises(DownloadError, match="502") as caught:
        download(Download("https://weights.invalid/weights.bin", "00", 10), target, pause=never)
    assert {path for path, _ in server.asked} == {"CONNECT weights.invalid:443"}
    assert "object at" not in str(caught.value)


def test_an_encrypted_address_that_leads_to_an_open_one_is_refused(
    server: FileServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leads_elsewhere(_url: str, **settings: Any) -> requests.Response:
        return requests.Session().get(server.url("weights.bin"), **settings)

    monkeypatch.setattr(requests, "get", leads_elsewhere)
    secure = replace(source(server), url="https://weights.invalid/weights.bin")
    with pytest.raises(DownloadError, match="which is not encrypted"):
        download(secure, target, pause=never)
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_is_missing_is_the_callers_to_report(server: FileServer, target: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        download(source(server), target.parent / "missing" / "weights.bin")
