"""Runs a command and tells what it used; a program of its own, and a small one, for a reason.

A process inherits the record of its parent's memory when it is started: what a large program starts seems to
have used as much as that program.

    python launcher.py RESULT COMMAND...
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Runs the command, and writes what it used to the file RESULT, as JSON."""
    result, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - start
    figures = {
        "status": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss,
    }
    Path(result).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
