"""Faces: boxes, overlaps, and which of several detections is kept."""

from __future__ import annotations

import numpy as np
import pytest

from faceguard.faces.detector import merge
from faceguard.faces.face import Face, overlap

LANDMARKS = np.arange(10, dtype=np.float32).reshape(5, 2)


def face(left: float, top: float, right: float, bottom: float, score: float = 1.0) -> Face:
    return Face((left, top, right, bottom), LANDMARKS, score)


def test_landmarks_are_five_points() -> None:
    with pytest.raises(ValueError, match=r"\(5, 2\), not \(4, 2\)"):
        Face((0, 0, 1, 1), LANDMARKS[:4], 1.0)


def test_the_size_is_the_longer_side() -> None:
    assert face(-10, 5, 20, 60).size == 55


def test_moving_keeps_pixel_centres_in_place() -> None:
    moved = face(0, 0, 9, 9).moved(2.0, 5.0, -3.0)
    assert moved.box == (5.5, -2.5, 23.5, 15.5)
    assert moved.landmarks[1] == pytest.approx([9.5, 3.5])
    assert moved.landmarks.dtype == np.float32
    back = moved.moved(1.0, -5.0, 3.0).moved(0.5, 0.0, 0.0)
    assert back.box == pytest.approx((0, 0, 9, 9))
    assert back.landmarks == pytest.approx(LANDMARKS)


def test_overlap_is_a_share_of_the_smaller_box() -> None:
    assert overlap(face(0, 0, 10, 10), face(2, 2, 4, 4)) == 1
    assert overlap(face(0, 0, 10, 10), face(5, 0, 15, 10)) == 0.5
    assert overlap(face(0, 0, 10, 10), face(10, 0, 20, 10)) == 0
    assert overlap(face(0, 0, 10, 10), face(30, 30, 40, 40)) == 0
    assert overlap(face(0, 0, 10, 10), face(5, 5, 5, 5)) == 0


def test_merging_keeps_the_surest_and_sorts_by_size() -> None:
    sure, doubtful = face(0, 0, 10, 10, 0.99), face(1, 1, 12, 12, 0.95)
    large, touching = face(50, 50, 90, 90, 0.91), face(86, 50, 120, 85, 0.92)
    assert merge([doubtful, large, sure, touching]) == [large, touching, sure]
    assert merge([]) == []
