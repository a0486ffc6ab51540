"""What OpenAPI cannot read off the routes: errors, and bodies that are no JSON."""

from __future__ import annotations

from typing import Any

from faceguard.web.answers import Error

PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are; its content decides on its type",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""The body of a request that sends a photo."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route answers with: those of the gate before it, and its own."""
    return {status: {"model": Error} for status in (401, 403, 421, *statuses)}


def binary(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """An answer that is a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": description, "content": content}}
