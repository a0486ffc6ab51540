"""Texts that are safe to show on one line, whatever a file is called."""

from __future__ import annotations


def printable(text: str) -> str:
    """The same text with control and undecodable characters as escapes, such as a line break as \\n."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )
