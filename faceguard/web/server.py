"""Listens, serves until it is told to stop, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from faceguard.errors import SettingsError
from faceguard.web.access import Access
from faceguard.web.app import make_app
from faceguard.web.jobs import Jobs
from recognizers.system_errors import reason_of

_SECONDS_TO_FINISH_ANSWERS = 2
_WAITING_CONNECTIONS = 128


def listen(host: str, port: int) -> socket.socket:
    """Takes a port, before anything slow is begun.

    Args:
        host: An address or a name of this machine.
        port: 0 for any that is free.

    Raises:
        SettingsError: The port is taken, or the address is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise SettingsError(
            f"--host {host}: there is no such address; use 127.0.0.1 for this machine only"
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not on Windows: two could listen
        listener.bind(address)
        listener.listen(_WAITING_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SettingsError(_cannot_listen(host, port, error)) from error
    return listener


def address_of(listener: socket.socket, host: str) -> str:
    """The URL of the page of a server that listens, as people open it."""
    port = listener.getsockname()[1]
    shown = host
    try:
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            shown = socket.gethostname()
        elif address.version == 6:
            shown = f"[{host}]"
    except ValueError:
        pass
    return f"http://{shown}:{port}/"


def serve(listener: socket.socket, jobs: Jobs, access: Access, on_ready: Callable[[], None]) -> None:
    """Serves until Ctrl-C, or the signals to terminate and to hang up.

    Args:
        listener: From `listen`.
        jobs: Entered and left by the caller.
        access: Who may come in.
        on_ready: Called once, when the first request can come.
    """
    server = make_server(jobs, access, on_ready)
    before = None
    if hasattr(signal, "SIGHUP"):
        before = signal.signal(signal.SIGHUP, server.handle_exit)
    try:
        server.run(sockets=[listener])
    finally:
        if before is not None:
            signal.signal(signal.SIGHUP, before)


def make_server(jobs: Jobs, access: Access, on_ready: Callable[[], None]) -> uvicorn.Server:
    """What `serve` runs; it ends when its `should_exit` is set."""
    config = uvicorn.Config(
        make_app(jobs, access),
        log_config=None,
        access_log=False,  # addresses of requests hold the names of photos
        http="h11",
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH_ANSWERS,
    )
    return _Server(config, jobs, on_ready)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, jobs: Jobs, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._jobs = jobs
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._on_ready)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends the server. Unlike uvicorn's, it does not raise the signal again: there is tidying to do."""
        self._jobs.announce_closing()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken, perhaps by another faceguard serve: stop that one, or choose "
            f"another port with --port (0 for any that is free)"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} on {host} may not be used: choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{host} is not an address of this machine: use 127.0.0.1 for this machine only, 0.0.0.0 for all"
        )
    return f"cannot listen on {host}, port {port}: {reason_of(error)}"
