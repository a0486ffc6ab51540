"""Fetches a published file: resumed where it broke off, tried again where the network failed, and checked.

What has come so far lies beside the file as `NAME.part`, with the server's mark of its version (its ETag) in
`NAME.part.etag`. Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import requests

from recognizers.catalogue import Download
from recognizers.errors import RecognizerError
from recognizers.weights import verify

Progress = Callable[[int, int], None]
"""Told how many bytes have come, and of how many."""

_CHUNK = 1 << 14  # bytes; of one that breaks off, none is kept
_TIMEOUTS = (10, 60)  # seconds to connect, and between two packets
_TRIES = 4  # in a row without a byte
_PAUSE = 0.5  # seconds before the second try; doubled before each further one
_TRY_AGAIN = {408, 425, 429}  # and all from 500 on


class DownloadError(RecognizerError):
    """A file that could not be fetched; what has come of it stays for the next time, unless it is wrong."""


class _Interrupted(Exception):
    """A try that failed in a way that another one may not."""


def download(
    source: Download,
    target: Path,
    progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Fetches a file; it is there whole and checked, or not at all.

    Args:
        source: The file.
        target: Where it goes; the folder must be there.
        progress: Told about it.
        pause: Waits some seconds between two tries.

    Raises:
        DownloadError: It cannot be fetched, or is not what it should be.
        OSError: It cannot be written.
    """
    told = progress or (lambda _done, _total: None)
    partial = target.with_name(f"{target.name}.part")
    resumed = partial.exists()
    _fetch(source, partial, told, pause)
    try:
        _check(source, partial)
    except DownloadError:
        # What lay there from an earlier time may have been of another version of the file.
        if not resumed:
            raise
        _fetch(source, partial, told, pause)
        _check(source, partial)
    partial.replace(target)
    _mark(partial).unlink(missing_ok=True)


def _check(source: Download, partial: Path) -> None:
    """Removes a file that is not what it should be."""
    try:
        verify(partial, source.sha256, "It was not kept; try again, or fetch it from elsewhere.")
    except RecognizerError as error:
        _discard(partial)
        raise DownloadError(f"{source.url}: {error}") from error


def _fetch(source: Download, partial: Path, progress: Progress, pause: Callable[[float], None]) -> None:
    """Goes on until all of the file is there, or nothing has come for some tries."""
    failures = 0
    while True:
        before = _length(partial)
        try:
            _try(source, partial, progress)
        except _Interrupted as error:
            failures = 0 if _length(partial) > before else failures + 1
            if failures == _TRIES:
                raise DownloadError(f"{source.url}: {error}") from error
            pause(_PAUSE * 2 ** max(failures - 1, 0))
        except requests.RequestException as error:
            raise DownloadError(f"{source.url}: {_reason(error)}") from error
        else:
            return


def _try(source: Download, partial: Path, progress: Progress) -> None:
    have = _length(partial)
    if have > source.size:
        _discard(partial)
        have = 0
    progress(have, source.size)
    if have == source.size:
        return
    headers = {"Accept-Encoding": "identity", "User-Agent": "faceguard"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if _mark(partial).exists():
            headers["If-Range"] = _mark(partial).read_text(encoding="utf-8")
    try:
        with requests.get(source.url, headers=headers, stream=True, timeout=_TIMEOUTS) as response:
            start = _start(source, response, partial, have)
            _remember_version(response, partial)
            _receive(source, response, partial, start, progress)
    except requests.exceptions.SSLError:
        raise
    except requests.exceptions.ChunkedEncodingError:
        pass  # the server hung up: what has come is counted below
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _Interrupted(_reason(error)) from error
    if _length(partial) < source.size:
        raise _Interrupted(f"the server broke off after {_length(partial):,} of {source.size:,} bytes")


def _start(source: Download, response: requests.Response, partial: Path, have: int) -> int:
    """Where in the file an answer starts, once it is sure that it is the file's."""
    if source.url.startswith("https:") and not response.url.startswith("https:"):
        raise DownloadError(f"{source.url}: leads to {response.url}, which is not encrypted")
    status = response.status_code
    if status == 416:
        _discard(partial)
        raise _Interrupted("the server has less of the file than is here already")
    if status in _TRY_AGAIN or status >= 500:
        raise _Interrupted(f"the server answers {status} {response.reason}")
    if status not in (200, 206):
        raise DownloadError(f"{source.url}: the server answers {status} {response.reason}")
    if status == 206:
        part = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if part is None or int(part[1]) != have or part[2] not in ("*", str(source.size)):
            _discard(partial)
            raise _Interrupted("the server sends another part of the file than was asked for")
        return have
    length = response.headers.get("Content-Length")
    if length is not None and length != str(source.size):
        raise DownloadError(
            f"{source.url}: the file there has {length} bytes, not {source.size}; it is not the one expected"
        )
    return 0


def _remember_version(response: requests.Response, partial: Path) -> None:
    version = response.headers.get("ETag", "")
    if version.startswith('"'):  # a weak one ("W/...") does not promise the same bytes
        _mark(partial).write_text(version, encoding="utf-8")
    else:
        _mark(partial).unlink(missing_ok=True)


def _receive(
    source: Download, response: requests.Response, partial: Path, start: int, progress: Progress
) -> None:
    done = start
    with partial.open("ab" if start else "wb") as file:
        for chunk in response.iter_content(_CHUNK):
            done += len(chunk)
            if done > source.size:
                file.close()
                _discard(partial)
                raise DownloadError(f"{source.url}: the server sends more than {source.size} bytes")
            file.write(chunk)
            progress(done, source.size)
        file.flush()
        os.fsync(file.fileno())


def _mark(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.etag")


def _length(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0


def _discard(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _mark(partial).unlink(missing_ok=True)


def _reason(error: BaseException) -> str:
    """What went wrong at the bottom of it, on one line: requests and urllib3 wrap it several times."""
    inner = error
    while isinstance(deeper := getattr(inner, "reason", None) or next(iter(inner.args), None), BaseException):
        inner = deeper
    text = " ".join(str(inner).split()) or type(inner).__name__
    return re.sub(r"^\S*Connection\S*\(.*?\): ", "", text)
