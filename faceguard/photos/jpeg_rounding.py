"""Keeps JPEG's rounding from taking back what was changed in a photo.

A JPEG holds blocks of 8 x 8 pixels as cosine coefficients, in whole multiples of its quantisation table's
steps (ITU-T T.81, A.3.4). Those of a JPEG that was read lie on such multiples; what is changed by less than
half a step falls back on them, and a fine perturbation loses more than it gains. Here changes of luminance
are rounded up earlier where they are hardly seen: in busy blocks, in what the original has already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.photos.samples import Pixels

_SIDE = 8  # pixels: a block's
_UP_FROM = 0.2  # of a step, where it is hardly seen; elsewhere to the nearest
_BUSY = 12.0  # steps of 255: the standard deviation of luminance above which a block hides changes
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of RGB, as in JFIF
_COSINES = np.asarray(cv2.dct(np.eye(_SIDE, dtype=np.float32), flags=cv2.DCT_ROWS), np.float32).T


def rows_with_changes_kept(
    pixels: Pixels, before: Pixels, table: Sequence[int]
) -> Iterator[tuple[int, Pixels]]:
    """Pixels of which an ordinary JPEG encoder makes coefficients that keep more of a change.

    Blocks in which nothing changed stay as they are, and so do those that the right and the lower edge cut.

    Args:
        pixels: uint8 (H, W, 3), RGB, or (H, W), grey, as stored: to be encoded.
        before: The same as read from the JPEG.
        table: The 64 steps of the luminance's quantisation table, row by row.

    Yields:
        For each row of blocks in which any changed, its first row of pixels and its pixels, 8 high and as
        wide as its whole blocks: a row at a time, as photos are large.
    """
    steps = np.array(table, np.float32).reshape(_SIDE, _SIDE)
    height, width = (size // _SIDE * _SIDE for size in pixels.shape[:2])
    for top in range(0, height, _SIDE):
        new, old = (_blocks(photo[top : top + _SIDE, :width]) for photo in (pixels, before))
        changed = (new != old).any(tuple(range(1, new.ndim)))
        if changed.any():
            new[changed] = _rounded(new[changed], old[changed], steps)
            yield top, new.swapaxes(0, 1).reshape(_SIDE, width, *pixels.shape[2:])


def _blocks(row: Pixels) -> Pixels:
    """The blocks of a row of them, (8, 8 * B, ...): (B, 8, 8, ...)."""
    return row.reshape(_SIDE, row.shape[1] // _SIDE, _SIDE, *row.shape[2:]).swapaxes(0, 1).copy()


def _rounded(new: Pixels, old: Pixels, steps: NDArray[np.float32]) -> Pixels:
    """Blocks (B, 8, 8, ...) whose luminance lies on multiples of the steps, rounded as this file says."""
    luminance = _luminance(old)
    start = np.rint(_coefficients(luminance, steps))
    wanted = _coefficients(_luminance(new), steps)
    change = wanted - start
    hidden = (start != 0) & (luminance.std((1, 2), keepdims=True) > _BUSY)
    whole = np.copysign(np.floor(np.abs(change) + 1 - np.where(hidden, _UP_FROM, 0.5)), change)
    moved = _COSINES.T @ ((start + whole - wanted) * steps) @ _COSINES
    rounded: Pixels = np.clip(np.rint(new + moved.reshape(*moved.shape, *(1,) * (new.ndim - 3))), 0, 255)
    return rounded.astype(np.uint8)


def _luminance(blocks: Pixels) -> NDArray[np.float32]:
    """(B, 8, 8): of blocks, RGB or grey."""
    return np.asarray(blocks if blocks.ndim == 3 else blocks @ _LUMINANCE, np.float32)


def _coefficients(blocks: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, 8, 8): of blocks of luminance (B, 8, 8), in steps; JPEG's own cosine transform."""
    return np.asarray(_COSINES @ (blocks - 128) @ _COSINES.T / steps, np.float32)
