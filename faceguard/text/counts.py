"""Counts in words."""

from __future__ import annotations


def number_of(count: int, thing: str) -> str:
    """A count with its noun, such as "1 photo" and "2 photos"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
