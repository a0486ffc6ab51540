"""Which arithmetic the surrogates run in while crafting."""

from __future__ import annotations

import torch

from recognizers.bfloat16_gain import bfloat16_gain, worthwhile
from recognizers.precision import has_bfloat16


def crafting_autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device computes in it directly and, for a processor, gains by it; else float32.

    A sign and a direction are all that crafting takes from a gradient, so the shorter type costs no
    protection; what is measured and reported is always float32.
    """
    shorter = has_bfloat16(device) and (device.type != "cpu" or worthwhile(bfloat16_gain()))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=shorter)
