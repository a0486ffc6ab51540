"""Who may talk to the server: by name, by origin, and by token."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from faceguard.errors import SettingsError

LEAST_TOKEN = 16
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Access:
    """Who may talk to the server.

    Attributes:
        is_local: Whether it listens on this machine only.
        token: What clients have to show; None where nothing is asked.
        names: The host names that requests may be addressed to, in small letters.
        session: What a browser shows after it has shown the token; new with every start.
    """

    is_local: bool
    token: str | None
    names: frozenset[str]
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def is_known_host(self, host: str) -> bool:
        """Whether a `Host` header names this server.

        A page of another site can make a browser ask this server under that site's name (DNS rebinding). It
        cannot do so under a numeric address.
        """
        name = host_name(host)
        if name is None:
            return False
        return name in self.names or (not self.is_local and _is_address(name))

    def admits(self, bearer: str | None, session: str | None) -> bool:
        """Whether a request that shows these may come in."""
        if self.token is None:
            return True
        return self.is_token(bearer) or (session is not None and _same(session, self.session))

    def is_token(self, text: str | None) -> bool:
        """Whether a text is the token."""
        return self.token is not None and text is not None and _same(text, self.token)


def access_for(host: str, token: str | None, allowed_names: Sequence[str] = ()) -> Access:
    """Who may talk to a server that listens at an address.

    Args:
        host: The address or name it listens at.
        token: What clients have to show. None: nothing on the loopback address; elsewhere one is made up.
        allowed_names: Further names it is reached by, such as that of a reverse proxy.

    Raises:
        SettingsError: The token is too short.
    """
    if token is not None and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable()):
        raise SettingsError(
            f"a token has at least {LEAST_TOKEN} printable ASCII characters; leave it out, and a good one is "
            "made up"
        )
    is_local = _is_loopback(host)
    names = {*_LOCAL_NAMES, *(name.casefold() for name in allowed_names)}
    if is_local:
        names.add(host.casefold())
    else:
        machine = socket.gethostname().casefold()
        names |= {host.casefold(), machine, f"{machine.partition('.')[0]}.local"}
        token = token or secrets.token_urlsafe(24)
    return Access(is_local, token, frozenset(names))


def host_name(host: str) -> str | None:
    """The name in a `Host` header, without port and brackets, in small letters; None if it is none."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        if not bracket:
            return None
    else:
        name, _, port = host.partition(":")
        port = f":{port}" if port else ""
    if port and not (port.startswith(":") and port[1:].isascii() and port[1:].isdigit()):
        return None
    return name.casefold().removesuffix(".") or None


def _is_loopback(host: str) -> bool:
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(errors="replace"), other.encode())
