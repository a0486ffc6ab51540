"""Whether two pictures are one photo, and how one lies in the other: by pixels, not by persons."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceguard.check.glance import Glance

# Measured on CelebA: 200 photos whose every pixel was moved by 16 of 255, then half size and JPEG 50, agree
# with their originals to 0.80 and more; other shots of one scene, and crops not aligned, to 0.77 and less.
_AGREEMENT = 0.78
# In none of those copies a block that agrees badly differs by more than 6 steps. Where many do, it is another
# photo: somebody else before the same background.
_FOREIGN_SHARE = 0.1
_FOREIGN_CORRELATION, _FOREIGN_STEPS = 0.5, 8.0  # foreign if it agrees less and differs by more
# Where the names say the same, a tool may have changed the face visibly, as those that put on make-up do.
_NAMED_AGREEMENT = 0.4
_STRETCH = 0.1  # of one side against the other, more than rounding a small copy's size does
_SMOOTHING, _LIGHTING = 2.0, 10.0  # pixels: noise is finer than the first, light and shade coarser than both
_BLOCKS = 8  # along each side
_FLAT = 5.0  # steps of 255: a block with less in it tells nothing
_FEWEST_BLOCKS = 6
_RATIO = 0.8  # Lowe 2004: a feature is only matched if the next best is so much worse
_FEWEST_POINTS = 8
_TOLERANCE = 2.0  # pixels of a glance
_LEAST_SHARE = 0.1  # of the original's area, in a crop

Matrix = NDArray[np.float64]
Greys = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Placement:
    """How a photo lies in a copy of it.

    Attributes:
        matrix: (2, 3): the original's pixel (x, y) -> the copy's, pixel centres at whole numbers.
        cropped: Whether the copy shows a part only, or more than the original, or was turned.
        agreement: How well the two agree there, up to 1.
    """

    matrix: Matrix
    cropped: bool
    agreement: float


def scaled_placement(original: Glance, copy: Glance, named: bool = False) -> Placement | None:
    """The placement of a copy that shows the whole original at another size; None where it does not.

    Args:
        original: The original.
        copy: The photo that may be a copy of it.
        named: Whether its name says so too: then it may have changed more.
    """
    height, width = original.grey.shape
    small = cv2.resize(copy.grey, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    found = agreement(original.grey, small, np.ones((height, width), np.bool_))
    stretch = (copy.width / original.width) / (copy.height / original.height)
    is_same = found.is_same_photo or (named and found.median >= _NAMED_AGREEMENT)
    if not is_same or abs(np.log(stretch)) > _STRETCH:
        return None
    return Placement(scaling(copy.width / original.width, copy.height / original.height), False, found.median)


def cropped_placement(original: Glance, copy: Glance) -> Placement | None:
    """The placement of a copy that shows a part of the original, or the original with something around it."""
    turned = _registered(original, copy)
    if turned is None:
        return None
    height, width = copy.grey.shape
    warped = cv2.warpAffine(original.grey, turned, (width, height), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.ones_like(original.grey), turned, (width, height), flags=cv2.INTER_NEAREST) > 0
    shown = inside.sum() / abs(np.linalg.det(turned[:, :2])) / original.grey.size
    found = agreement(warped.astype(np.uint8), copy.grey, inside)
    if not found.is_same_photo or shown < _LEAST_SHARE:
        return None
    small, large = scaling(*original.scale), scaling(*(1 / side for side in copy.scale))
    return Placement(chained(large, chained(turned, small)), True, found.median)


@dataclass(frozen=True)
class Agreement:
    """How alike two aligned pictures are in their structure.

    Attributes:
        median: The median correlation of their blocks, -1..1; -1 where there is too little to compare.
        foreign: The share of blocks that show something else.
    """

    median: float
    foreign: float

    @property
    def is_same_photo(self) -> bool:
        """Whether the two are one photo, whatever they are called."""
        return self.median >= _AGREEMENT and self.foreign <= _FOREIGN_SHARE


def agreement(first: Greys, second: Greys, inside: NDArray[np.bool_]) -> Agreement:
    """Compares the structure of two aligned pictures block by block.

    A protection's noise and a JPEG's are finer than what is compared, edited light and colour coarser. Where
    a protection changed a block it may agree badly, but differs by no more steps than a protection moves.

    Args:
        first: uint8 (h, w).
        second: The same shape.
        inside: (h, w): where there is something to compare.
    """
    one, other = (_structure(picture) for picture in (first, second))
    rows = np.array_split(np.arange(first.shape[0]), _BLOCKS)
    columns = np.array_split(np.arange(first.shape[1]), _BLOCKS)
    found, foreign = [], 0
    for row in rows:
        for column in columns:
            block = np.ix_(row, column)
            if not inside[block].size or not inside[block].all():
                continue
            a, b = one[block].ravel(), other[block].ravel()
            spread = float(a.std()), float(b.std())
            if max(spread) >= _FLAT / 2:
                found.append(float(np.mean((a - a.mean()) * (b - b.mean()))) / (spread[0] * spread[1] + 1))
                differs = float(np.sqrt(np.mean((a - b) ** 2)))
                foreign += found[-1] < _FOREIGN_CORRELATION and differs > _FOREIGN_STEPS
    if len(found) < _FEWEST_BLOCKS:
        return Agreement(-1.0, 1.0)
    return Agreement(float(np.median(found)), foreign / len(found))


def scaling(across: float, down: float) -> Matrix:
    """(2, 3): a picture's pixel -> the same picture's at another size, pixel centres kept in place."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]], np.float64)


def chained(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix (2, 3) of "first `inner`, then `outer`"."""
    linear = outer[:, :2] @ inner[:, :2]
    return np.column_stack([linear, outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def _structure(picture: Greys) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _SMOOTHING)
    return np.asarray(smooth - cv2.GaussianBlur(smooth, (0, 0), _LIGHTING), np.float32)


def _registered(original: Glance, copy: Glance) -> Matrix | None:
    """The similarity transform between two glances that most of their common features agree on."""
    (there, looks), (here, own) = original.points, copy.points
    if len(there) < _FEWEST_POINTS or len(here) < _FEWEST_POINTS:
        return None
    best = cv2.BFMatcher(cv2.NORM_L2).knnMatch(own, looks, k=2)
    pairs = [two[0] for two in best if len(two) == 2 and two[0].distance < _RATIO * two[1].distance]
    if len(pairs) < _FEWEST_POINTS:
        return None
    source = there[[pair.trainIdx for pair in pairs]]
    target = here[[pair.queryIdx for pair in pairs]]
    cv2.setRNGSeed(0)  # RANSAC draws; the same photos have the same answer
    matrix, agreed = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_TOLERANCE)
    if matrix is None or int(agreed.sum()) < _FEWEST_POINTS or abs(np.linalg.det(matrix[:, :2])) < 1e-6:
        return None
    return np.asarray(matrix, np.float64)
