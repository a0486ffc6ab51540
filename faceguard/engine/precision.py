"""Which arithmetic the surrogates run in while crafting."""

from __future__ import annotations

import torch


def crafting_autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device computes in it directly, else float32.

    A sign and a direction are all that crafting takes from a gradient, so the shorter type costs no
    protection; what is measured and reported is always float32.
    """
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=_has_bfloat16(device))


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
