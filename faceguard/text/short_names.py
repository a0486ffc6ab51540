"""Recognisers' and detectors' names as people read them."""

from __future__ import annotations

from pathlib import PurePath


def short_name(name: str) -> str:
    """A name with the file alone instead of its whole path, such as "onnx:arcface.onnx"."""
    kind, colon, path = name.partition(":")
    return f"{kind}{colon}{PurePath(path).name}" if colon and PurePath(path).name else name
