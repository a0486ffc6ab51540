"""A key that stands for settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def key_of(settings: Mapping[str, object]) -> str:
    """A short hash of settings: equal settings have equal keys, on every machine."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
