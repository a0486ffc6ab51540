"""What is done with boxes by the array, on boxes small enough to do it by hand."""

from __future__ import annotations

import numpy as np
import pytest

from faceguard.faces.boxes import apart, outside_each_other, share_of_smaller, shifted, sizes, squares

BOXES = np.array([(0, 0, 9, 9), (0, 0, 9, 4), (100, 100, 109, 109), (1, 0, 10, 9)], np.float32)
SCORES = np.array([0.7, 0.9, 0.8, 0.95], np.float32)


def test_apart_keeps_the_surest_of_what_overlaps() -> None:
    assert apart(BOXES, SCORES, 0.6).tolist() == [3, 1, 2]
    assert apart(BOXES, SCORES, 0.9).tolist() == [3, 1, 2, 0]
    assert apart(BOXES[:0], SCORES[:0], 0.6).tolist() == []


def test_groups_do_not_touch_each_other() -> None:
    assert apart(BOXES, SCORES, 0.6, np.array([0, 0, 0, 1])).tolist() == [3, 1, 2, 0]


def test_the_share_of_the_smaller() -> None:
    shares = share_of_smaller(BOXES, BOXES[[0, 3]])
    assert shares.tolist() == [
        pytest.approx([1, 0.9]),
        pytest.approx([1, 0.9]),
        pytest.approx([0, 0]),
        pytest.approx([0.9, 1]),
    ]


def test_a_box_inside_another_is_not_kept_beside_it() -> None:
    assert outside_each_other(BOXES, SCORES, 0.95).tolist() == [3, 1, 2]
    assert outside_each_other(BOXES, SCORES, 0.7).tolist() == [3, 2]
    assert outside_each_other(BOXES[:0], SCORES[:0], 0.7).tolist() == []


def test_sides_are_moved_by_shares_of_the_size() -> None:
    assert sizes(BOXES[1:2]).tolist() == [[10, 5]]
    shifts = np.array([(0.1, 0.2, -0.1, 1)], np.float32)
    assert shifted(BOXES[1:2], shifts) == pytest.approx(np.array([(1, 1, 8, 9)]))


def test_squares_share_the_middle_and_the_longer_side() -> None:
    assert squares(BOXES[1:3]).tolist() == [[0, -2.5, 9, 6.5], [100, 100, 109, 109]]
