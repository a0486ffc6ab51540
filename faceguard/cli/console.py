"""What the commands say on standard error."""

from __future__ import annotations

import sys

from faceguard.text.printable import printable


def message(text: str) -> None:
    """Says one line on standard error, as from the program."""
    print(f"faceguard: {printable(text)}", file=sys.stderr, flush=True)
