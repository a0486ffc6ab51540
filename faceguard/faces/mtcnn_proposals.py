"""The first stage of MTCNN: windows of every size and place that may show a face.

The picture is reduced again and again, and the first network looks at each reduced copy. Their sizes are
different for every photo, and a network's first run at a new size is slow. So the copies are cut into strips
of one height, laid end to end and looked at in stretches of one length. What is cut overlaps by a window less
a step: each window is seen in one place just as it would be in the whole copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceguard.faces.area_table import AreaTable
from faceguard.faces.boxes import apart, squares
from faceguard.faces.mtcnn_networks import MtcnnNetworks

_WINDOW = 12  # pixels: the side of what the first network sees
_STEP = 2  # pixels between its windows
_SHARED = _WINDOW - _STEP  # pixels by which neighbouring cuts overlap
_FACTOR = 0.709  # from one reduced copy to the next, as facenet-pytorch has it
_THRESHOLD = 0.6  # how sure the first network must be, as facenet-pytorch has it
_BORDER = 10  # pixels of border that a reduced copy keeps: a window with more of it hardly shows the photo
_HEIGHT = 64  # pixels: a strip's height
_LENGTH = 512  # pixels: a stretch's length

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Copy:
    """A reduced copy of a picture without most of its border.

    Attributes:
        scale: By how much it is reduced, below 1.
        edge: Pixels of its border, at each side, that are left out; even.
        pixels: float32 (H, W, 3), -1 to 1; both even.
    """

    scale: float
    edge: int
    pixels: Floats


def proposals(table: AreaTable, border: int, smallest: float, networks: MtcnnNetworks) -> Floats:
    """Squares that may show a face: (N, 4) as left, top, right, bottom.

    Args:
        table: The picture's.
        border: How many pixels at each of its edges show nothing.
        smallest: The smallest face to look for, in pixels.
        networks: What finds them.
    """
    copies = list(_copies(table, border, smallest))
    strips = [
        (number, top, copy.pixels[top : top + _HEIGHT])
        for number, copy in enumerate(copies)
        for top in range(0, len(copy.pixels) - _SHARED, _HEIGHT - _SHARED)
    ]
    if not strips:
        return np.zeros((0, 4), np.float32)
    number, top = (np.array(values) for values in list(zip(*strips, strict=True))[:2])
    height, width = np.array([strip.shape[:2] for _, _, strip in strips]).T
    start = np.cumsum(width) - width
    places, scores, shifts = _seen([strip for _, _, strip in strips], networks)
    strip = np.searchsorted(start, places[:, 1], side="right") - 1
    row, column = places[:, 0], places[:, 1] - start[strip]
    whole = (row + _WINDOW <= height[strip]) & (column + _WINDOW <= width[strip])
    row, column, strip, scores, shifts = (value[whole] for value in (row, column, strip, scores, shifts))
    number, row = number[strip], row + top[strip]
    edge, scale = (
        np.array([getattr(copy, name) for copy in copies], np.float32)[number][:, None]
        for name in ("edge", "scale")
    )
    corners = np.stack([column, row], axis=1) + edge
    # A pixel off and rounded down, as MTCNN's boxes have been from the first.
    boxes = np.floor(np.concatenate([corners + 1, corners + _WINDOW], axis=1).astype(np.float32) / scale)
    kept = apart(boxes, scores, 0.5, number)
    kept = kept[apart(boxes[kept], scores[kept], 0.7)]
    sizes = boxes[:, 2:] - boxes[:, :2]
    return squares(boxes[kept] + shifts[kept] * np.tile(sizes[kept], 2))


def _copies(table: AreaTable, border: int, smallest: float) -> Iterator[_Copy]:
    scale = _WINDOW / smallest
    while min(table.height, table.width) * scale >= _WINDOW:
        height, width = int(table.height * scale + 1), int(table.width * scale + 1)
        edge = max(0, int(border * scale) - _BORDER) // 2 * 2
        rows, columns = ((edge, min(side, side - edge + side % 2)) for side in (height, width))
        pixels = table.reduced(height, width, rows, columns)
        if pixels.shape[0] % 2 or pixels.shape[1] % 2:
            # Without it the last windows would be lost, in which a face fills a small copy.
            beyond = [(0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)]
            pixels = np.pad(pixels, beyond, mode="edge")
        yield _Copy(scale, edge, pixels)
        scale *= _FACTOR


def _seen(strips: list[Floats], networks: MtcnnNetworks) -> tuple[NDArray[np.intp], Floats, Floats]:
    """What the first network finds in strips laid end to end.

    Returns:
        Row and column of windows' upper left pixels (N, 2), how sure it is (N,), and shifts (N, 4).
    """
    length = sum(strip.shape[1] for strip in strips)
    useful = _LENGTH - _SHARED
    laid = np.zeros((_HEIGHT, -(-(length - _SHARED) // useful) * useful + _SHARED, 3), np.float32)
    start = 0
    for strip in strips:
        laid[: len(strip), start : start + strip.shape[1]] = strip
        start += strip.shape[1]
    found = []
    for start in range(0, laid.shape[1] - _SHARED, useful):
        stretch = np.ascontiguousarray(laid[:, start : start + _LENGTH])
        places, scores, shifts = networks.propose(stretch, _THRESHOLD)
        found.append((_STEP * places + (0, start), scores, shifts))
    places, scores, shifts = (np.concatenate(values) for values in zip(*found, strict=True))
    return places, scores, shifts
