"""Protects a folder from a script of your own: progress, Ctrl-C, and what became of each photo.

python examples/protect_folder.py PHOTOS PROTECTED [ME.jpg ...]

With photos of one or more people at the end, only their faces are protected. Started again, it goes on where
it stopped.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from pathlib import Path

from faceguard import (
    Cancelled,
    CancelToken,
    FaceguardError,
    PersonSelection,
    Progress,
    Protector,
    Status,
)


def main(words: list[str]) -> int:
    """Runs the script; the exit status is 0 when all photos are dealt with."""
    if len(words) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, output, *references = map(Path, words)
    token = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: token.cancel("stopped: run it again to go on"))
    counts: Counter[Status] = Counter()
    try:
        selection = PersonSelection(references) if references else None
        guard = Protector(strength="medium", selection=selection)
        for outcome in guard.protect_album(source, output, progress=show, cancel=token):
            counts[outcome.status] += 1
            if outcome.status is Status.FAILED:
                print(f"{outcome.relative}: {outcome.reason}", file=sys.stderr)
            elif outcome.result is not None and outcome.result.unsure:
                print(f"{outcome.relative}: {len(outcome.result.unsure)} unsure", file=sys.stderr)
    except Cancelled as stopped:
        print(stopped, file=sys.stderr)
        return 130
    except FaceguardError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{count} {status.value}" for status, count in counts.items()))
    return 1 if counts[Status.FAILED] else 0


def show(state: Progress) -> None:
    """Says how far it is, in place."""
    print(f"\r{state.phase}: {state.done} of {state.total}", end="", file=sys.stderr, flush=True)
    if state.current is None:
        print(file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
