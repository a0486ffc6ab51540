"""Under which conditions a benchmark ran: hardware, versions, memory."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import torch

from evaluation.results import Hardware, Metric
from faceguard.environment import device_name, versions
from recognizers.processor import processor_name

_PACKAGES = (
    "facenet-pytorch",
    "insightface",
    "onnx",
    "onnx2torch",
    "onnxruntime",
    "opencv-python",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "torchvision",
)


def hardware(device: torch.device) -> Hardware:
    """What this process runs on."""
    return Hardware(processor_name(), _cores(), torch.get_num_threads(), device_name(device), _memory())


def all_versions() -> dict[str, str]:
    """Package -> version, of all that has a say in the figures and is installed."""
    found = versions()
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def peak_memory(device: torch.device) -> dict[str, Metric]:
    """The most memory this process has used so far, in MiB, and on a GPU what PyTorch has used of its."""
    peak = _peak()
    reason = "one run" if peak is not None else "this system does not say"
    found = {"peak_memory_mib": Metric(peak, None, None, 1, reason=reason)}
    if device.type == "cuda":
        used = torch.cuda.max_memory_allocated(device) / 2**20
        found["peak_gpu_memory_mib"] = Metric(used, None, None, 1, reason="one run")
    return found


def _peak() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, Linux KiB


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> float | None:
    with suppress(ValueError, OSError, AttributeError):
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    return None
