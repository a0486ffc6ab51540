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
Indices = NDArray[np.intp]


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


@dataclass(frozen=True)
class _Strip:
    """A part of a reduced copy, as wide as it.

    Attributes:
        number: Which copy it is part of.
        top: Its first row in the copy.
        pixels: float32 (H, W, 3); at most as high as strips are.
    """

    number: int
    top: int
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
        _Strip(number, top, copy.pixels[top : top + _HEIGHT])
        for number, copy in enumerate(copies)
        for top in range(0, len(copy.pixels) - _SHARED, _HEIGHT - _SHARED)
    ]
    if not strips:
        return np.zeros((0, 4), np.float32)
    places, scores, shifts = _seen(strips, networks)
    numbers, places, whole = _in_copies(places, strips)
    numbers, places, scores, shifts = numbers[whole], places[whole], scores[whole], shifts[whole]
    edges = np.array([copy.edge for copy in copies])[numbers, None]
    scales = np.array([copy.scale for copy in copies], np.float32)[numbers, None]
    corners = places[:, ::-1] + edges
    # A pixel off and rounded down, as MTCNN's boxes have been from the first.
    boxes = np.floor(np.concatenate([corners + 1, corners + _WINDOW], axis=1).astype(np.float32) / scales)
    kept = apart(boxes, scores, 0.5, numbers)
    kept = kept[apart(boxes[kept], scores[kept], 0.7)]
    boxes, shifts = boxes[kept], shifts[kept]
    return squares(boxes + shifts * np.tile(boxes[:, 2:] - boxes[:, :2], 2))


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


def _seen(strips: list[_Strip], networks: MtcnnNetworks) -> tuple[Indices, Floats, Floats]:
    """What the first network finds in strips laid end to end.

    Returns:
        Row and column of windows' upper left pixels (N, 2), how sure it is (N,), and shifts (N, 4).
    """
    length = sum(strip.pixels.shape[1] for strip in strips)
    useful = _LENGTH - _SHARED
    laid = np.zeros((_HEIGHT, -(-(length - _SHARED) // useful) * useful + _SHARED, 3), np.float32)
    start = 0
    for strip in strips:
        height, width = strip.pixels.shape[:2]
        laid[:height, start : start + width] = strip.pixels
        start += width
    found = []
    for start in range(0, laid.shape[1] - _SHARED, useful):
        stretch = np.ascontiguousarray(laid[:, start : start + _LENGTH])
        places, scores, shifts = networks.propose(stretch, _THRESHOLD)
        found.append((_STEP * places + (0, start), scores, shifts))
    places, scores, shifts = (np.concatenate(values) for values in zip(*found, strict=True))
    return places, scores, shifts


def _in_copies(places: Indices, strips: list[_Strip]) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Where windows in strips laid end to end lie in the reduced copies.

    Args:
        places: Row and column of their upper left pixels (N, 2).
        strips: The strips, in their order.

    Returns:
        Which copy each lies in (N,), row and column in it (N, 2), and whether it lies in one strip only (N,).
    """
    height, width = np.array([strip.pixels.shape[:2] for strip in strips]).T
    start = np.cumsum(width) - width
    number, top = np.array([(strip.number, strip.top) for strip in strips]).T
    strip = np.searchsorted(start, places[:, 1], side="right") - 1
    row, column = places[:, 0], places[:, 1] - start[strip]
    whole = (row + _WINDOW <= height[strip]) & (column + _WINDOW <= width[strip])
    return number[strip], np.stack([row + top[strip], column], axis=1), whole
