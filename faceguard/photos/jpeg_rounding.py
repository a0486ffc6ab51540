"""Keeps JPEG's rounding from taking back what was changed in a photo.

A JPEG holds blocks of 8 x 8 pixels as cosine coefficients, in whole multiples of its quantisation table's
steps (ITU-T T.81, A.3.4). Those of a JPEG that was read lie on such multiples; what is changed by less than
half a step falls back on them, and a fine perturbation loses more than it gains. Here changes of luminance
are rounded up earlier where they are hardly seen: in busy blocks, in what the original has already.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.photos.samples import Pixels

_SIDE = 8  # pixels: a block's
_UP_FROM = 0.2  # of a step, where it is hardly seen; elsewhere to the nearest
_BUSY = 12.0  # steps of 255: the standard deviation of luminance above which a block hides changes
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of RGB, as in JFIF
_COSINES = np.asarray(cv2.dct(np.eye(_SIDE, dtype=np.float32), flags=cv2.DCT_ROWS), np.float32).T


def with_changes_kept(pixels: Pixels, before: Pixels, table: Sequence[int]) -> Pixels:
    """Pixels of which an ordinary JPEG encoder makes coefficients that keep more of a change.

    Blocks in which nothing changed stay as they are, and so do those that the right and the lower edge cut.

    Args:
        pixels: uint8 (H, W, 3), RGB, as stored: to be encoded.
        before: uint8 (H, W, 3): as read from the JPEG.
        table: The 64 steps of the luminance's quantisation table, row by row.

    Returns:
        uint8 (H, W, 3).
    """
    steps = np.array(table, np.float32).reshape(_SIDE, _SIDE)
    height, width = (size // _SIDE * _SIDE for size in pixels.shape[:2])
    kept = pixels.copy()
    for top in range(0, height, _SIDE):  # a row of blocks at a time, as photos are large
        rows = (slice(top, top + _SIDE), slice(width))
        new, old = _blocks(pixels[rows]), _blocks(before[rows])
        changed = (new != old).any((1, 2, 3))
        if changed.any():
            new[changed] = _rounded(new[changed], old[changed], steps)
            kept[rows] = new.swapaxes(0, 1).reshape(_SIDE, width, 3)
    return kept


def _blocks(row: Pixels) -> Pixels:
    """The blocks of a row of them, (8, 8 * B, 3): (B, 8, 8, 3)."""
    return row.reshape(_SIDE, -1, _SIDE, 3).swapaxes(0, 1).copy()


def _rounded(new: Pixels, old: Pixels, steps: NDArray[np.float32]) -> Pixels:
    """Blocks (B, 8, 8, 3) whose luminance lies on multiples of the steps, rounded as this file says."""
    luminance = old @ _LUMINANCE
    start = np.rint(_coefficients(luminance, steps))
    wanted = _coefficients(new @ _LUMINANCE, steps)
    change = wanted - start
    hidden = (start != 0) & (luminance.std((1, 2), keepdims=True) > _BUSY)
    whole = np.copysign(np.floor(np.abs(change) + 1 - np.where(hidden, _UP_FROM, 0.5)), change)
    moved = _COSINES.T @ ((start + whole - wanted) * steps) @ _COSINES
    rounded: Pixels = np.clip(np.rint(new + moved[..., None]), 0, 255).astype(np.uint8)
    return rounded


def _coefficients(blocks: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, 8, 8): of blocks of luminance (B, 8, 8), in steps; JPEG's own cosine transform."""
    return np.asarray(_COSINES @ (blocks - 128) @ _COSINES.T / steps, np.float32)
