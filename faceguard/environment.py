"""What a run ran on: the device in words, and the versions that decide its numbers."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import torch

_PACKAGES = ("faceguard", "torch", "numpy", "pillow")


def device_name(device: torch.device) -> str:
    """A device in words, such as "cpu (2 threads)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' if threads != 1 else ''})"
    return str(device)


def versions() -> dict[str, str]:
    """Package -> version, Python included; "unknown" for what is not installed as a package."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
