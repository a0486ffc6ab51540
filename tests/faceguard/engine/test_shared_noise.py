"""Noise that a person's photos share: their faces are cut out alike, and it is laid where they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import MASK_CROP
from faceguard.engine.patches import cut
from faceguard.engine.shared_noise import faces_alike, laid_on
from faceguard.faces.face import Face


def _photo(angle: float, size: float, left: float, top: float) -> tuple[np.ndarray, Face]:
    """A photo with one face: each landmark a bright dot."""
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = (np.array(MASK_CROP.template) @ turn.T + (left, top)).astype(np.float32)
    pixels = np.full((300, 320, 3), 40, np.uint8)
    for x, y in landmarks.round().astype(int):
        pixels[y - 3 : y + 4, x - 3 : x + 4] = 250
    box = (left, top, left + 128 * size, top + 128 * size)
    return pixels, Face(box, landmarks, 1.0)


@pytest.fixture
def faces() -> LabelledPatches:
    photos = [_photo(0.0, 1.0, 60, 60), _photo(0.3, 1.2, 100, 60), _photo(-0.2, 0.8, 50, 80)]
    patches = [cut(pixels, [face], side=256)[0] for pixels, face in photos]
    return LabelledPatches(tuple(patches), (0, 1, 0), ("ann", "bob"))


def test_faces_are_cut_out_alike(faces: LabelledPatches) -> None:
    alike = faces_alike(faces)
    assert alike.labels == faces.labels
    assert alike.people == faces.people
    for patch in alike.patches:
        assert patch.canvas.shape == (3, MASK_CROP.size, MASK_CROP.size)
        for x, y in np.array(MASK_CROP.template).round().astype(int):
            assert patch.canvas[:, y, x].min() > 0.8


def test_a_mask_lies_where_the_face_is(faces: LabelledPatches) -> None:
    masks = torch.zeros(2, 3, MASK_CROP.size, MASK_CROP.size)
    left_eye = np.array(MASK_CROP.template[0]).round().astype(int)
    masks[1, 1, left_eye[1] - 4 : left_eye[1] + 5, left_eye[0] - 4 : left_eye[0] + 5] = 0.03
    first, second, third = (laid_on(p, masks[k]) for p, k in zip(faces.patches, faces.labels, strict=True))
    assert first.abs().max() == third.abs().max() == 0
    assert second.shape == faces.patches[1].canvas.shape
    patch = faces.patches[1]
    x, y = (patch.to_canvas @ (*patch.faces[0].landmarks[0], 1))[:2].round().astype(int)
    assert second[1, y, x] == pytest.approx(0.03, abs=1e-3)
    assert second[0].abs().max() == 0
    assert (second[1] > 0).float().mean() < 0.02


def test_two_faces_of_a_patch_both_wear_it() -> None:
    pixels, one = _photo(0.0, 1.0, 20, 60)
    other = Face((140, 60, 268, 188), one.landmarks + np.array([120, 0], np.float32), 1.0)
    (patch,) = cut(pixels, [one, other], side=400)
    both = LabelledPatches((patch,), (0,), ("ann",))
    assert len(faces_alike(both).patches) == 2
    worn = laid_on(patch, torch.full((3, MASK_CROP.size, MASK_CROP.size), 0.02))
    for face in (one, other):
        x, y = (patch.to_canvas @ (*face.landmarks[2], 1))[:2].round().astype(int)
        assert worn[0, y, x] == pytest.approx(0.02, abs=1e-4)
    assert worn.max() <= 0.02 + 1e-6
