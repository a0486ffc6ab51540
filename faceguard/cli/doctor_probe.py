"""A program of its own: imports the modules that its arguments name, one by one, and says how that went.

`faceguard doctor` runs it, because a broken library may take the whole process down with it. It writes lines
of JSON: `starting` before each module, then `module` with `version` or `error`; for torch also `facts`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any


def main(modules: list[str]) -> None:
    """Imports the modules; what they print themselves goes to standard error."""
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**line: object) -> None:
        print(json.dumps(line), file=lines, flush=True)

    for name in modules:
        say(starting=name)
        try:
            module = importlib.import_module(name)
            facts = _FACTS.get(name, dict)()
        except BaseException as error:  # whatever it is, it is what was asked for
            text = " ".join(str(error).split())
            say(module=name, error=f"{type(error).__name__}{': ' if text else ''}{text}")
        else:
            say(module=name, version=str(getattr(module, "__version__", "")), facts=facts)


def _torch_facts() -> dict[str, Any]:
    import torch

    facts: dict[str, Any] = {
        "threads": torch.get_num_threads(),
        "built_for_cuda": torch.version.cuda,
        "gpu": None,
        "gpu_error": None,
    }
    if torch.version.cuda is None:
        return facts
    try:
        torch.cuda.init()
        # A GPU that is seen may still be one that this build has no code for.
        torch.ones(2, device="cuda").sum().item()
        properties = torch.cuda.get_device_properties(0)
        facts["gpu"] = {
            "name": properties.name,
            "memory": properties.total_memory,
            "count": torch.cuda.device_count(),
        }
    except Exception as error:
        facts["gpu_error"] = str(error).strip().partition("\n")[0]
    return facts


def _pillow_facts() -> dict[str, Any]:
    from PIL import features

    return {name: bool(features.check(name)) for name in ("jpg", "webp", "avif")}


_FACTS: dict[str, Callable[[], dict[str, Any]]] = {"torch": _torch_facts, "PIL": _pillow_facts}

if __name__ == "__main__":
    main(sys.argv[1:])
