"""`faceguard serve`: the page and the API, until Ctrl-C."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
import webbrowser

from faceguard.cli.console import message, say
from faceguard.cli.protect import warn_of_onnxruntime
from faceguard.errors import SettingsError
from faceguard.web.limits import Limits

_TOKEN = "FACEGUARD_TOKEN"


def run(arguments: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        The exit status: 0 when it was stopped.

    Raises:
        SettingsError: An option cannot be used, the port is taken, or the extra `serve` is not installed.
    """
    _refuse_without_extra()
    from faceguard.web.access import access_for
    from faceguard.web.jobs import Jobs
    from faceguard.web.private_folder import PrivateFolder
    from faceguard.web.protectors import Protectors
    from faceguard.web.server import address_of, listen, serve

    warn_of_onnxruntime()
    access = access_for(arguments.host, arguments.token or os.environ.get(_TOKEN), arguments.allow_host)
    limits = _limits(arguments)

    # Ctrl-C and its kin have to pass through here at any time, for the private folder's sake.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    with listen(arguments.host, arguments.port) as listener:
        address = address_of(listener, arguments.host)
        try:
            message("loading the models")
            guards = Protectors(
                surrogates=arguments.surrogate or ["dlib"],
                detector=arguments.detector,
                device=arguments.device,
                seed=arguments.seed,
                min_face=arguments.min_face,
            )

            def on_ready() -> None:
                _announce(address, access.token, access.is_local)
                if _wants_browser(arguments.browser):
                    webbrowser.open(_with_token(address, access.token))

            with PrivateFolder() as folder, Jobs(folder.path, limits, guards) as jobs:
                serve(listener, jobs, access, on_ready)
        except KeyboardInterrupt:
            pass
    message("stopped; all photos that were kept here are removed")
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _refuse_without_extra() -> None:
    missing = [name for name in ("fastapi", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"faceguard serve needs {' and '.join(missing)}: install what it needs with "
            "`pip install 'faceguard[serve]'`"
        )


def _limits(arguments: argparse.Namespace) -> Limits:
    return Limits(
        pixels=arguments.max_pixels,
        photo_mb=arguments.max_photo_mb,
        photos=arguments.max_photos,
        total_mb=arguments.max_total_mb,
        jobs=arguments.max_jobs,
        minutes=arguments.max_minutes,
        keep_minutes=arguments.keep_minutes,
    )


def _announce(address: str, token: str | None, is_local: bool) -> None:
    say(f"faceguard is ready: {_with_token(address, token)}")
    if not is_local:
        message(
            "warning: it can be reached from other machines. They need the token, and what they send is not "
            "encrypted: use it in a network you trust, behind a proxy with TLS, or through a tunnel"
        )
    message("nothing leaves this machine; Ctrl-C stops it and removes all photos")


def _with_token(address: str, token: str | None) -> str:
    # What stands after # is not sent to any server and not logged; the page takes it from there.
    return address if token is None else f"{address}#token={token}"


def _wants_browser(asked: bool | None) -> bool:
    if asked is not None:
        return asked
    # Without a desktop, a browser in text mode would take the terminal over.
    desktop = sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return desktop and sys.stdout.isatty()
