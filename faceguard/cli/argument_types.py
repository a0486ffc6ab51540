"""What argparse makes of numbers on the command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path


def path(text: str) -> Path:
    """Reads a path that is not empty: an unset variable of a script would mean the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty; . is this folder")
    return Path(text)


def whole(least: int) -> Callable[[str], int]:
    """Reads whole numbers of at least so much."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
        return value

    return parse


def epsilon(text: str) -> float:
    """Reads a budget in steps of 255."""
    value = _number(text)
    if not 0 < value <= 255:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and up to 255")
    return value


def share(text: str) -> float:
    """Reads a share above 0 and below 1."""
    value = _number(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share above 0 and below 1")
    return value


def above_zero(text: str) -> float:
    """Reads a finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
