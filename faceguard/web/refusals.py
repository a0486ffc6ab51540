"""What the server answers instead of doing what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceguard.errors import FaceguardError


class Refusal(FaceguardError):
    """A request that is not served; its text says what is wrong and what to do.

    Attributes:
        status: The HTTP status.
        code: A short name for programs, such as "photo-too-large".
        message: What is wrong and what to do, for people.
        file: The photo it is about, as the client calls it; None where it is about no photo.
        headers: HTTP headers that go with it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        file: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.file = file
        self.headers = dict(headers or {})
        super().__init__(message)

    def to_json(self) -> dict[str, Any]:
        """The answer's body: `error` with `code`, `message` and `file`."""
        return {"error": {"code": self.code, "message": self.message, "file": self.file}}
