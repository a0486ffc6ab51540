"""The two looks: what is shown in each, and where what is found in them lies in the photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from faceguard.faces.face import Face
from faceguard.faces.looks import View, two_looks, two_views

Pixels = NDArray[np.uint8]


def square(box: tuple[float, float, float, float], score: float = 1.0) -> Face:
    return Face(box, np.array([box[:2]] * 5, np.float32), score)


def red(picture: Pixels, _scale: float) -> list[Face]:
    """One face as large as what is red."""
    rows, columns = np.nonzero((picture[:, :, 0] > 190) & (picture[:, :, 1] < 64))
    if not len(rows):
        return []
    return [square((columns.min(), rows.min(), columns.max(), rows.max()))]


@pytest.mark.parametrize(
    ("height", "width"),
    [(218, 178), (600, 800), (1280, 1280), (1999, 2561), (2560, 1920), (3000, 4000), (3456, 5184)],
)
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_what_is_found_lies_where_it_is_in_the_photo(height: int, width: int, share: float) -> None:
    photo = np.full((height, width, 3), 60, np.uint8)
    side = int(share * min(height, width))
    left, top = width // 3, height // 4
    photo[top : top + side, left : left + side] = (255, 0, 0)
    (face,) = two_looks(photo, red, 1)
    pixel = max(height, width) / 256
    expected = (left, top, left + side - 1, top + side - 1)
    assert face.box == pytest.approx(expected, abs=1.5 * pixel + 0.5)


def shown(photo: Pixels) -> list[View]:
    views: list[View] = []

    def look(view: View) -> list[Face]:
        views.append(view)
        return []

    assert two_views(photo, look, 1) == []
    return views


@pytest.mark.parametrize(
    ("sides", "looks"),
    [
        ((256, 100), [(256, 100)]),
        ((100, 257), [(100, 256), (100, 257)]),
        ((960, 2000), [(123, 256), (614, 1280)]),
    ],
)
def test_small_photos_are_looked_at_once_and_others_twice(
    sides: tuple[int, int], looks: list[tuple[int, int]]
) -> None:
    photo = np.zeros((*sides, 3), np.uint8)
    inside = []
    for view in shown(photo):
        assert (view.picture[: view.border] == 127).all()
        assert (view.picture[:, -view.border :] == 127).all()
        inner = view.picture[view.border : -view.border, view.border : -view.border]
        assert (inner == 0).all()
        inside.append(inner.shape[:2])
        assert view.scale == pytest.approx(min(1, max(inner.shape) / max(sides)))
    assert inside == looks


def test_the_small_look_at_a_large_photo_is_nearly_as_if_reduced_at_once() -> None:
    photo = cv2.resize(skimage.data.astronaut(), (3600, 2700), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    for view, (height, width) in zip(shown(photo), [(192, 256), (960, 1280)], strict=True):
        inner = view.picture[view.border : -view.border, view.border : -view.border]
        directly = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
        off = np.abs(inner.astype(int) - directly)
        assert off.max() <= 2
        assert off.mean() < 0.5


def test_the_large_look_is_told_of_faces_that_fill_the_photo() -> None:
    seen: list[View] = []

    def look(view: View) -> list[Face]:
        seen.append(view)
        if len(seen) > 1:
            return []
        edge = view.border
        return [
            square((edge, edge, edge + 128, edge + 128)),
            square((edge + 150, edge, edge + 180, edge + 30)),
        ]

    faces = two_views(np.zeros((1000, 2000, 3), np.uint8), look, 1)
    assert [round(face.size) for face in faces] == [1000, 234]
    near, far = seen
    assert near.known == []
    (known,) = far.known
    edge = far.border + 2  # from the middle of a pixel that is five times as wide
    assert known.box == pytest.approx((edge, edge, edge + 640, edge + 640), abs=0.5)
