"""Stands before the whole server: turns away who may not come in, and sets the headers of every answer."""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faceguard.web.access import Access
from faceguard.web.refusals import Refusal

_log = logging.getLogger(__name__)
COOKIE = "faceguard-session"
LOGIN = "/api/session"
_READING = frozenset({"GET", "HEAD"})
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_BROKEN = Refusal(
    500,
    "internal-error",
    "something went wrong inside faceguard: start it with FACEGUARD_DEBUG=1 to see what, and try again",
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Gate:
    """ASGI middleware.

    - The `Host` header has to name this server, against DNS rebinding.
    - Another site's page cannot send anything here, nor use the API at all.
    - Below /api/, the token is asked for, where there is one.
    - Whatever goes wrong inside becomes an answer in JSON.

    Args:
        app: What stands behind it.
        access: Who may come in.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            self._refuse(scope)
            await self._app(scope, receive, send_with_headers)
        except Refusal as refusal:
            await refusal_answer(refusal)(scope, receive, send_with_headers)
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await refusal_answer(_BROKEN)(scope, receive, send_with_headers)

    def _refuse(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._access.is_known_host(host):
            raise Refusal(
                421,
                "unknown-host",
                f"this server does not answer to the name {host[:100]!r}: use the address it printed when it "
                "started, or let faceguard serve be started with --allow-host NAME",
            )
        reading = scope["method"] in _READING
        is_api = scope["path"].startswith("/api/")
        if (is_api or not reading) and _comes_from_elsewhere(headers, host):
            raise Refusal(
                403, "other-site", "pages of other sites may not use this server: open its own page"
            )
        if (
            is_api
            and scope["path"] != LOGIN
            and not self._access.admits(bearer_of(headers), _session(headers))
        ):
            raise Refusal(
                401,
                "no-token",
                "this server asks for its token: open the address it printed when it started, or send the "
                "header Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": 'Bearer realm="faceguard"'},
            )


def refusal_answer(refusal: Refusal) -> JSONResponse:
    """A refusal as an answer."""
    return JSONResponse(refusal.to_json(), refusal.status, refusal.headers)


def bearer_of(headers: Headers) -> str | None:
    """The token in an `Authorization` header; None for none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def _session(headers: Headers) -> str | None:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if cookie is None else cookie.value


def _comes_from_elsewhere(headers: Headers, host: str) -> bool:
    """Whether a browser says that the request was made by another site's page."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.casefold() != host.casefold()
