"""What is done with boxes by the array: (N, 4) float32 as left, top, right, bottom."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


def apart(boxes: Floats, scores: Floats, most: float, groups: Indices | None = None) -> Indices:
    """Which boxes to keep so that no two of a group overlap by more: the surest first.

    Args:
        boxes: (N, 4).
        scores: (N,).
        most: The greatest intersection over union.
        groups: Which group each box belongs to (N,); one for all where nothing is given.
    """
    members = np.zeros(len(boxes), np.intp) if groups is None else groups
    extents = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(extents.tolist(), scores.tolist(), members.tolist(), -np.inf, most)
    return np.asarray(kept, np.intp).ravel()


def outside_each_other(boxes: Floats, scores: Floats, most: float) -> Indices:
    """Which boxes to keep so that none has more of the smaller of two in the other: the surest first.

    Args:
        boxes: (N, 4).
        scores: (N,).
        most: The greatest intersection over the smaller area.
    """
    overlaps = share_of_smaller(boxes, boxes)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if (overlaps[index, kept] <= most).all():
            kept.append(int(index))
    return np.array(kept, np.intp)


def share_of_smaller(boxes: Floats, others: Floats) -> Floats:
    """How much of the smaller of each two lies in the other: (N, 4) and (M, 4) to (N, M)."""
    first = np.maximum(boxes[:, None, :2], others[:, :2])
    last = np.minimum(boxes[:, None, 2:], others[:, 2:])
    shared = np.maximum(last - first + 1, 0).prod(axis=2)
    shares = shared / np.minimum(sizes(boxes).prod(axis=1)[:, None], sizes(others).prod(axis=1))
    return np.asarray(shares, np.float32)


def sizes(boxes: Floats) -> Floats:
    """Widths and heights (N, 2), with the last pixel counted in."""
    return boxes[:, 2:] - boxes[:, :2] + 1


def shifted(boxes: Floats, shifts: Floats) -> Floats:
    """Boxes with each side moved by a share of the width or height."""
    return boxes + shifts * np.tile(sizes(boxes), 2)


def squares(boxes: Floats) -> Floats:
    """The squares around the boxes' middles, as large as their longer sides."""
    extent = boxes[:, 2:] - boxes[:, :2]
    longer = extent.max(axis=1, keepdims=True)
    corners = boxes[:, :2] + extent * np.float32(0.5) - longer * np.float32(0.5)
    return np.concatenate([corners, corners + longer], axis=1)
