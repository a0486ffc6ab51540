"""What can go wrong with a recogniser; its text is meant for people."""

from __future__ import annotations


class RecognizerError(Exception):
    """A recogniser that is unknown, or whose weights are missing or not what they should be."""
