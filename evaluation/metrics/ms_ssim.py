"""Multi-scale structural similarity (Wang, Simoncelli & Bovik 2003), as torchmetrics computes it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray

SMALLEST_SIDE = 11 * 2**4  # pixels: the window of 11 has to fit at the coarsest of five scales


def installed() -> bool:
    """Whether torchmetrics is there."""
    return find_spec("torchmetrics") is not None


def ms_ssim(first: NDArray[np.generic], second: NDArray[np.generic]) -> float | None:
    """How alike two pictures are at five scales.

    Args:
        first: (H, W, 3), values 0..255, whole numbers or not.
        second: The same shape.

    Returns:
        0..1; 1 is the same picture. None where a side is shorter than 176 pixels, so that five scales do not
        fit, and without torchmetrics.
    """
    if min(first.shape[:2]) < SMALLEST_SIDE or not installed():
        return None
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    one, two = (
        torch.from_numpy(np.array(side, np.float64)).permute(2, 0, 1)[None] for side in (first, second)
    )
    return float(multiscale_structural_similarity_index_measure(one, two, data_range=255.0))
