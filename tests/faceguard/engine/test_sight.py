"""The crops a recogniser is shown of a photo as it stands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from faceguard.engine.sight import aligned_crops, embeddings
from faceguard.faces.alignment import similarity_transform
from recognizers import ARCFACE_112, DLIB_150
from recognizers.crops import CropSpec
from tests.faceguard.engine.closed_form import LinearRecognizer
from tests.faceguard.engine.test_patches import face_at

PHOTO = data.astronaut()


@pytest.mark.parametrize("crop", [ARCFACE_112, DLIB_150])
@pytest.mark.parametrize(("x", "y", "eyes"), [(225, 120, 38), (225, 120, 120), (10, 500, 60)])
def test_plain_crops_agree_with_opencv(crop: CropSpec, x: float, y: float, eyes: float) -> None:
    face = face_at(x, y, eyes)
    (found,) = aligned_crops(PHOTO, [face], crop, antialias=False)
    matrix = similarity_transform(face.landmarks, crop)
    wanted = cv2.warpAffine(PHOTO, matrix, (crop.size, crop.size), flags=cv2.INTER_LINEAR)
    assert np.abs(found.permute(1, 2, 0).numpy() * 255 - wanted).mean() < 1


def test_antialiasing_averages_what_a_reduction_drops() -> None:
    chequered = np.zeros((800, 800, 3), dtype=np.uint8)
    chequered[::2, ::2] = chequered[1::2, 1::2] = 255
    face = face_at(400, 400, 140)
    smooth, plain = (aligned_crops(chequered, [face], ARCFACE_112, antialias=a) for a in (True, False))
    assert smooth.std() < 0.5 * plain.std()


def test_no_faces_give_no_embeddings() -> None:
    assert embeddings(PHOTO, [], LinearRecognizer(), torch.device("cpu")).shape == (0, 8)
