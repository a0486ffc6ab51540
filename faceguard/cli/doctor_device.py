"""What `faceguard doctor` says of processor and GPU."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from faceguard.cli.doctor_finding import Finding, State
from faceguard.cli.doctor_imports import Import


def device_findings(torch: Import | None) -> Iterator[Finding]:
    """The system, its GPU or why there is none, and the threads.

    Args:
        torch: How importing PyTorch went.
    """
    yield Finding("device", "system", State.FINE, platform.platform())
    if torch is None or torch.error is not None:
        yield Finding("device", "gpu", State.NOTE, "cannot be told without PyTorch; see above")
        return
    yield _gpu(torch.facts)
    yield _threads(torch.facts)


def _gpu(facts: Mapping[str, Any]) -> Finding:
    gpu = facts["gpu"]
    if gpu is not None:
        more = f", the first of {gpu['count']}" if gpu["count"] > 1 else ""
        text = f"{gpu['name']}, {gpu['memory'] / 2**30:.0f} GiB{more} (CUDA {facts['built_for_cuda']})"
        return Finding("device", "gpu", State.FINE, text)
    driver = shutil.which("nvidia-smi") is not None
    if facts["built_for_cuda"] is None:
        text = "none used: this PyTorch is built for the CPU alone"
        remedy = "pip install --force-reinstall torch torchvision   (a build with CUDA)" if driver else None
        return Finding("device", "gpu", State.NOTE, text, remedy)
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        text = "none used: CUDA_VISIBLE_DEVICES hides all of them"
        return Finding("device", "gpu", State.NOTE, text, "unset CUDA_VISIBLE_DEVICES")
    if not driver:
        return Finding("device", "gpu", State.FINE, "none found, so everything runs on the CPU")
    # There is a driver, so there should be a GPU that works.
    return Finding(
        "device",
        "gpu",
        State.BROKEN,
        f"not usable, though an NVIDIA driver is installed: {facts['gpu_error']}",
        f"see whether nvidia-smi shows a driver for CUDA {facts['built_for_cuda']}; until then --device cpu",
    )


def _threads(facts: Mapping[str, Any]) -> Finding:
    threads, cores = facts["threads"], _cores()
    text = f"PyTorch computes on {threads} of {cores} usable processor core{'s' if cores != 1 else ''}"
    if threads > cores:
        return Finding("device", "threads", State.NOTE, text, f"set OMP_NUM_THREADS={cores}: more are slower")
    return Finding("device", "threads", State.FINE, text)


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
