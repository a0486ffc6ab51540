"""insightface's group photo of six people, which comes with that package where it is installed."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

_SHA256 = "47f682e945b659f93a9e490b9c9c4a2a864abe64dace9e1a2893845ddfd69489"


@cache
def group_photo() -> Path | None:
    """Its file; None where insightface is not installed, or brings another one or none."""
    package = importlib.util.find_spec("insightface")  # importing it would load ONNX Runtime
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "data" / "images" / "t1.jpg"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
        return None
    return path
