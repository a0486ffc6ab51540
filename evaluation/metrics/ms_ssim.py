"""Multi-scale structural similarity (Wang, Simoncelli & Bovik 2003), as torchmetrics computes it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

SMALLEST_SIDE = 11 * 2**4  # pixels: the window of 11 has to fit at the coarsest of five scales


def ms_ssim(first: NDArray[np.generic], second: NDArray[np.generic]) -> float | None:
    """How alike two pictures are at five scales.

    Args:
        first: (H, W, 3), values 0..255, whole numbers or not.
        second: The same shape.

    Returns:
        0..1; 1 is the same picture. None where a side is shorter than 176 pixels: five scales do not fit.
    """
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    if min(first.shape[:2]) < SMALLEST_SIDE:
        return None
    one, two = (
        torch.from_numpy(np.array(side, np.float64)).permute(2, 0, 1)[None] for side in (first, second)
    )
    return float(multiscale_structural_similarity_index_measure(one, two, data_range=255.0))
