"""The files of the page, all of them in the package: no build step, nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from starlette.responses import Response

from faceguard.web.refusals import Refusal

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageFiles:
    """The files of the page, read once."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        for file in (files("faceguard.web") / "page").iterdir():
            suffix = f".{file.name.rpartition('.')[2]}"
            if suffix in _TYPES:
                self._files[file.name] = (file.read_bytes(), _TYPES[suffix])

    def answer(self, name: str) -> Response:
        """One file.

        Raises:
            Refusal: There is none of that name.
        """
        if name not in self._files:
            raise Refusal(404, "no-such-file", "there is no such file: open the page itself, /")
        data, media_type = self._files[name]
        return Response(data, media_type=media_type, headers={"Cache-Control": "no-cache"})
