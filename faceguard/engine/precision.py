"""Which arithmetic the surrogates run in while crafting."""

from __future__ import annotations

import torch

from recognizers.precision import has_bfloat16


def crafting_autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device computes in it directly, else float32.

    A sign and a direction are all that crafting takes from a gradient, so the shorter type costs no
    protection; what is measured and reported is always float32.
    """
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bfloat16(device))
