"""`faceguard doctor`: what faceguard runs on, what is wrong with it, and what puts it right.

Nothing here imports a library that may be broken: that is tried in another process.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from faceguard import __version__
from faceguard.cli.console import say
from faceguard.cli.doctor_device import device_findings
from faceguard.cli.doctor_finding import Finding, State
from faceguard.cli.doctor_imports import tried
from faceguard.cli.doctor_packages import modules_to_try, package_findings
from faceguard.cli.doctor_storage import folder_findings, format_findings, model_findings
from faceguard.text.printable import printable

_SCHEMA = 1
_MARKS = {State.FINE: "ok", State.NOTE: "note", State.BROKEN: "BROKEN"}


def run(arguments: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        The exit status: 0 when nothing is broken, else 1.
    """
    found = list(findings(arguments.cache))
    broken = [finding for finding in found if finding.state is State.BROKEN]
    if arguments.json:
        report = {
            "schema": _SCHEMA,
            "faceguard": __version__,
            "sound": not broken,
            "findings": [finding.to_json() for finding in found],
        }
        say(json.dumps(report, indent=2))
    else:
        say("\n".join(_text(found)))
    return 1 if broken else 0


def findings(cache: Path | None) -> Iterator[Finding]:
    """All that was found, by areas.

    Args:
        cache: The cache folder of weights, or None for the usual one.
    """
    imports = tried(modules_to_try())
    pillow, heif = imports.get("PIL"), imports.get("pillow_heif")
    yield from _guarded("packages", lambda: package_findings(imports))
    yield from _guarded("device", lambda: device_findings(imports.get("torch")))
    yield from _guarded("models", lambda: model_findings(cache))
    yield from _guarded("photos", lambda: format_findings(pillow, heif))
    yield from _guarded("folders", lambda: folder_findings(cache))


def _guarded(area: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a look finds, until something that it needs itself is broken."""
    try:
        yield from look()
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        text = f"cannot be looked at: {error}"
        yield Finding(
            area, missing or area, State.BROKEN, text, f"pip install {missing}" if missing else None
        )
    except Exception as error:
        text = f"cannot be looked at: {type(error).__name__}: {error}"
        yield Finding(area, area, State.BROKEN, text)


def _text(found: list[Finding]) -> Iterator[str]:
    yield f"faceguard {__version__}"
    width = max(len(finding.name) for finding in found)
    area = ""
    for finding in found:
        if finding.area != area:
            area = finding.area
            yield ""
            yield area.capitalize()
        advised = finding.state is State.NOTE and finding.remedy is not None
        text = f"{finding.text}: {finding.remedy}" if advised else finding.text
        yield f"  {_MARKS[finding.state]:6}  {finding.name:{width}}  {printable(text)}"
    yield ""
    broken = [finding for finding in found if finding.state is State.BROKEN]
    if not broken:
        yield "Nothing is broken."
        return
    yield f"{len(broken)} {'thing is' if len(broken) == 1 else 'things are'} broken:"
    yield from dict.fromkeys(f"  {f.name}: {printable(f.remedy or f.text)}" for f in broken)
