"""The cascade of MTCNN (Zhang et al. 2016): windows are proposed, refined, and finished.

The steps, thresholds and rounding are those of facenet-pytorch's `detect_face`, and so are the faces; only
the way there is shorter. See `faceguard.faces.area_table`, `mtcnn_proposals` and `mtcnn_networks`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faceguard.faces.area_table import AreaTable
from faceguard.faces.boxes import apart, outside_each_other, share_of_smaller, shifted, sizes, squares
from faceguard.faces.face import Face
from faceguard.faces.looks import View
from faceguard.faces.mtcnn_networks import MtcnnNetworks
from faceguard.faces.mtcnn_proposals import proposals

_SURE = 0.7  # how sure the second and the third network must be, as facenet-pytorch has it
_SAME = 0.7  # of overlap; boxes with more show one face, as facenet-pytorch has it
_KNOWN = 0.8  # of overlap; what is found from a box with more can only be the known face again

Floats = NDArray[np.float32]


def detect(view: View, smallest: float, networks: MtcnnNetworks) -> list[Face]:
    """The faces in a view, in its picture's pixels, the surest first; known ones need not be among them.

    Args:
        view: Its picture has at most 8.4 megapixels.
        smallest: The smallest face to look for, in the picture's pixels.
        networks: What finds them.
    """
    table = AreaTable(view.picture)
    boxes = proposals(table, view.border, smallest, networks)
    if view.known:
        known = np.array([face.box for face in view.known], np.float32)
        boxes = boxes[(share_of_smaller(boxes, known) <= _KNOWN).all(axis=1)]
    return _finished(table, _refined(table, boxes, networks), networks)


def _refined(table: AreaTable, boxes: Floats, networks: MtcnnNetworks) -> Floats:
    """The squares that the second network takes for faces, where it would have them."""
    boxes, windows = _windows(table, boxes)
    if not len(boxes):
        return boxes
    scores, shifts = networks.refine(table.cut(windows, 24))
    kept = np.flatnonzero(scores > _SURE)
    kept = kept[apart(boxes[kept], scores[kept], _SAME)]
    return squares(shifted(boxes[kept], shifts[kept]))


def _finished(table: AreaTable, boxes: Floats, networks: MtcnnNetworks) -> list[Face]:
    """What the third network takes for faces."""
    boxes, windows = _windows(table, boxes)
    if not len(boxes):
        return []
    scores, shifts, landmarks = networks.finish(table.cut(windows, 48))
    landmarks = landmarks * sizes(boxes)[:, None] + boxes[:, None, :2] - 1
    boxes = shifted(boxes, shifts)
    sure = np.flatnonzero(scores > _SURE)
    return [
        Face((float(left), float(top), float(right), float(bottom)), landmarks[index], float(scores[index]))
        for index in sure[outside_each_other(boxes[sure], scores[sure], _SAME)]
        for left, top, right, bottom in [boxes[index]]
    ]


def _windows(table: AreaTable, boxes: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The boxes that reach into the picture, and their pixels in it, as `AreaTable.cut` wants them.

    As everywhere in MTCNN the first pixel is pixel 1, and what leaves the picture is cut off.
    """
    whole = np.trunc(boxes).astype(np.intp)
    end = np.minimum(whole[:, 2:], (table.width, table.height))
    windows = np.concatenate([np.maximum(whole[:, :2], 1) - 1, end], axis=1)
    inside = (windows[:, :2] < windows[:, 2:]).all(axis=1)
    return boxes[inside], windows[inside]
