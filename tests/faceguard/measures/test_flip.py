"""FLIP against its authors' own implementation."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from faceguard.measures.flip import flip


@pytest.mark.parametrize("shape", [(250, 250), (64, 48), (300, 17), (5, 9), (1, 1)])
@pytest.mark.parametrize("amplitude", [1, 8, 64, 255])
def test_noise_agrees_with_the_reference(shape: tuple[int, int], amplitude: int) -> None:
    reference = pytest.importorskip("flip_evaluator")
    first = skimage.data.astronaut()[: shape[0], 100 : 100 + shape[1]]
    noise = np.random.default_rng(amplitude).integers(-amplitude, amplitude + 1, first.shape)
    second = np.clip(first.astype(int) + noise, 0, 255).astype(np.uint8)
    pictures = [picture.astype(np.float32) / 255 for picture in (first, second)]
    _, expected, _ = reference.evaluate(*pictures, "LDR", applyMagma=False)
    assert flip(first, second) == pytest.approx(expected, abs=5e-5)


def test_blur_and_another_colour_agree_with_the_reference() -> None:
    reference = pytest.importorskip("flip_evaluator")
    first = skimage.data.astronaut()[:200, 100:300]
    for second in (cv2.GaussianBlur(first, (0, 0), 3), np.ascontiguousarray(first[..., ::-1]), 255 - first):
        pictures = [picture.astype(np.float32) / 255 for picture in (first, second)]
        _, expected, _ = reference.evaluate(*pictures, "LDR", applyMagma=False)
        assert flip(first, second) == pytest.approx(expected, abs=5e-5)


def test_the_same_picture_has_no_error() -> None:
    picture = skimage.data.astronaut()[:40, :40]
    assert flip(picture, picture) == 0


def test_shapes_must_agree() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="FLIP compares"):
        flip(picture, picture[:4])
    with pytest.raises(ValueError, match="FLIP compares"):
        flip(picture[..., 0], picture[..., 0])
