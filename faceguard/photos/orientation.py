"""The eight EXIF orientations as array turns."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

_Sample = TypeVar("_Sample", bound=np.generic)

_BACK = {6: 8, 8: 6}


def upright(stored: npt.NDArray[_Sample], orientation: int) -> npt.NDArray[_Sample]:
    """Turns stored pixels upright.

    Args:
        stored: Shape (H, W) or (H, W, C).
        orientation: The EXIF orientation, 1 to 8.

    Returns:
        The same pixels as a contiguous array; orientations 5 to 8 swap height and width.
    """
    if orientation == 2:
        turned = stored[:, ::-1]
    elif orientation == 3:
        turned = stored[::-1, ::-1]
    elif orientation == 4:
        turned = stored[::-1]
    elif orientation == 5:
        turned = stored.swapaxes(0, 1)
    elif orientation == 6:
        turned = np.rot90(stored, -1)
    elif orientation == 7:
        turned = stored[::-1, ::-1].swapaxes(0, 1)
    elif orientation == 8:
        turned = np.rot90(stored)
    else:
        turned = stored
    return np.ascontiguousarray(turned)


def as_stored(pixels: npt.NDArray[_Sample], orientation: int) -> npt.NDArray[_Sample]:
    """Undoes ``upright``: turns upright pixels back into the stored orientation.

    Args:
        pixels: Shape (H, W) or (H, W, C), upright.
        orientation: The EXIF orientation of the stored photo, 1 to 8.

    Returns:
        The same pixels as a contiguous array.
    """
    return upright(pixels, _BACK.get(orientation, orientation))


def box_as_stored(
    box: tuple[int, int, int, int], size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Where `as_stored` takes a rectangle of upright pixels.

    Args:
        box: (left, top, right, bottom).
        size: Height and width of the upright photo.
        orientation: The EXIF orientation of the stored photo, 1 to 8.
    """
    left, top, right, bottom = box
    height, width = size
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)
