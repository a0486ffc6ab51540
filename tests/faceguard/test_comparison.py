"""The comparison picture: three columns, a row for the photo and for its largest faces."""

from __future__ import annotations

import numpy as np
import pytest

from faceguard.comparison import Box, comparison


def test_shows_before_after_and_difference() -> None:
    before = np.full((100, 200, 3), 90, np.uint8)
    after = before.copy()
    after[:50] += 2
    drawn = np.asarray(comparison(before, after, [], amplify=16))
    height, width = drawn.shape[:2]
    columns = [round(width * share) for share in (1 / 6, 1 / 2, 5 / 6)]
    upper, lower = drawn[height - 200, columns], drawn[height - 50, columns]
    assert upper.tolist() == [[90] * 3, [92] * 3, [160] * 3]
    assert lower.tolist() == [[90] * 3, [90] * 3, [128] * 3]


@pytest.mark.parametrize(("faces", "rows"), [(0, 1), (1, 2), (2, 3), (5, 3)])
def test_has_a_row_for_each_of_the_largest_faces(faces: int, rows: int) -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    boxes: list[Box] = [(40.0, 40.0, 60.0, 60.0)] * faces
    drawn = comparison(pixels, pixels, boxes)
    assert drawn.mode == "RGB"
    assert drawn.height == comparison(pixels, pixels, []).height + (rows - 1) * (480 + 12)


@pytest.mark.parametrize("box", [(-30.0, -30.0, 5.0, 5.0), (95.0, 10.0, 140.0, 300.0), (0.0, 0.0, 0.2, 0.2)])
def test_faces_may_leave_the_photo(box: Box) -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    drawn, alone = comparison(pixels, pixels, [box]), comparison(pixels, pixels, [])
    assert drawn.width > 0
    assert drawn.height >= alone.height > 0


def test_refuses_two_different_photos_and_no_amplification() -> None:
    small, large = np.zeros((5, 5, 3), np.uint8), np.zeros((6, 5, 3), np.uint8)
    with pytest.raises(ValueError, match="not the same photo"):
        comparison(small, large, [])
    with pytest.raises(ValueError, match="more than 0"):
        comparison(small, small, [], amplify=0)
