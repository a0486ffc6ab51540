"""What stays of the faces that are not protected."""

from __future__ import annotations

import numpy as np
import torch

from faceguard.engine.patches import cut
from faceguard.faces.choice import Choice
from faceguard.faces.face import Face
from faceguard.people.sparing import parted, spared_pixels, sparing
from tests.faceguard.engine.test_patches import face_at, noise


def boxed(left: float, top: float, right: float, bottom: float) -> Face:
    return Face((left, top, right, bottom), np.zeros((5, 2), np.float32), 1.0)


def test_faces_are_parted_by_their_choice() -> None:
    free = boxed(0, 0, 9, 9)
    chosen, left = (
        Face(free.box, free.landmarks, 1.0, Choice(protect, False, 0.5, "me")) for protect in (True, False)
    )
    assert parted([left, free, chosen]) == ([free, chosen], [left])


def test_boxes_stay_but_for_what_protected_faces_cover() -> None:
    spared = spared_pixels((20, 30, 3), [boxed(10, 0, 14, 19)], [boxed(-5, 2.5, 12.2, 8)])
    rows, columns = np.nonzero(spared)
    assert (rows.min(), rows.max()) == (2, 8)
    assert (columns.min(), columns.max()) == (0, 9)
    assert spared.sum() == 7 * 10


def test_a_box_outside_the_photo_spares_nothing() -> None:
    assert not spared_pixels((20, 30, 3), [], [boxed(-9, -9, -3, -3), boxed(40, 5, 50, 9)]).any()


def test_there_is_no_budget_where_pixels_stay() -> None:
    face, other = face_at(150, 150, 40), face_at(210, 150, 30)
    photo = noise(300, 300)
    (patch,) = cut(photo, [face], side=100)
    spared = spared_pixels(photo.shape, [face], [other])
    cropped = sparing(patch, spared)
    left, top, right, bottom = patch.box
    assert spared[top:bottom, left:right].any()
    assert not spared[top:bottom, left:right].all()
    # Where a canvas pixel shows spared pixels only, it has no budget; where it shows none, it has all.
    scale = patch.to_canvas[0, 0]
    x, y = ((215 - left) * scale, (150 - top) * scale)
    assert cropped.mask[0, int(y), int(x)] == 0
    x, y = ((150 - left) * scale, (150 - top) * scale)
    assert cropped.mask[0, int(y), int(x)] == patch.mask[0, int(y), int(x)] == 1
    assert torch.equal(cropped.canvas, patch.canvas)
    assert (cropped.mask <= patch.mask).all()


def test_a_patch_far_from_all_others_is_the_same() -> None:
    photo = noise(300, 600)
    (patch,) = cut(photo, [face_at(100, 150, 20)], side=100)
    assert sparing(patch, spared_pixels(photo.shape, [], [face_at(500, 150, 20)])) is patch
