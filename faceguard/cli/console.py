"""What the commands say: results on standard output, all else on standard error."""

from __future__ import annotations

import sys
from contextlib import suppress

from faceguard.errors import FaceguardError
from faceguard.text.printable import printable
from recognizers.system_errors import reason_of


class OutputError(FaceguardError):
    """Standard output takes nothing more: it goes to a file on a full disk, say."""


def say(text: str = "") -> None:
    """Says something on standard output, at once.

    Raises:
        BrokenPipeError: Whoever read it has gone.
        OutputError: It cannot be written for another reason.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {reason_of(error)}") from error


def message(text: str) -> None:
    """Says one line on standard error, as from the program."""
    say_aside(f"faceguard: {printable(text)}")


def say_aside(line: str) -> None:
    """Says a line on standard error; no work stops where that cannot be written."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
