"""What the server answers instead of doing what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceguard.errors import FaceguardError
from faceguard.web.limits import Limits


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


def no_such_job(limits: Limits) -> Refusal:
    """For a job that is not here, or not any more."""
    return Refusal(
        404,
        "no-such-job",
        f"there is no such album here. Albums are removed {limits.keep_minutes:g} minutes after they were "
        "last looked at, and when faceguard stops: protect the photos again",
    )
