"""A web server on this machine that sends one file, and fails in the ways that real ones do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class FileServer:
    """What the server sends, how it fails, and what it was asked.

    Attributes:
        content: The file.
        etag: The mark of its version; none where it is empty.
        ranges: Whether it sends a part when it is asked for one.
        statuses: What it answers to the next requests instead of the file, in order.
        breaks: After how many bytes of an answer it hangs up, for the next requests, in order.
        moved: Where it sends the asker instead.
        hold: When set, it waits for this before it sends the last byte.
        asked: The path and the headers of every request.
        port: Where it listens.
    """

    content: bytes
    etag: str = '"first"'
    ranges: bool = True
    statuses: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    moved: str = ""
    hold: Event | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    @property
    def wanted_ranges(self) -> list[str | None]:
        """The `Range` of every request."""
        return [headers.get("Range") for _, headers in self.asked]


@contextmanager
def serving(content: bytes) -> Iterator[FileServer]:
    """A server for a file, as long as the context is open."""
    served = FileServer(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, served)

        def do_CONNECT(self) -> None:
            served.asked.append((f"CONNECT {self.path}", dict(self.headers)))
            self.send_error(502, "no way out")

        def log_message(self, *_details: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, served: FileServer) -> None:
    served.asked.append((handler.path, dict(handler.headers)))
    if served.statuses:
        handler.send_response(served.statuses.pop(0))
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    if served.moved and not handler.path.endswith("moved"):
        handler.send_response(302)
        handler.send_header("Location", served.moved)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    start = _start(handler, served)
    if start is not None and start >= len(served.content):
        handler.send_response(416)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    body = served.content[start or 0 :]
    handler.send_response(200 if start is None else 206)
    if served.etag:
        handler.send_header("ETag", served.etag)
    if start is not None:
        whole = len(served.content)
        handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if served.breaks:
        body = body[: served.breaks.pop(0)]
        handler.close_connection = True
    handler.wfile.write(body[:-1])
    handler.wfile.flush()
    if served.hold is not None:
        served.hold.wait(20)
    handler.wfile.write(body[-1:])


def _start(handler: BaseHTTPRequestHandler, served: FileServer) -> int | None:
    """Where the part starts that is asked for; None for the whole file."""
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if wanted is None or not served.ranges:
        return None
    if handler.headers.get("If-Range", served.etag) != served.etag:
        return None
    return int(wanted[1])
