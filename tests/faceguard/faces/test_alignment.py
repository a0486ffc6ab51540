"""Alignment against OpenCV and scikit-image, and its gradients."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

from faceguard.faces.alignment import compose, invert, similarity_transform, warp
from recognizers import ARCFACE_112, DLIB_150, FACENET_160, CropSpec

LANDMARKS = np.array([[204, 101], [247, 104], [225, 130], [202, 140], [245, 143]], np.float32)


def placed(scale: float, degrees: float, centre: tuple[float, float], size: int) -> NDArray[np.float64]:
    """The matrix that brings a place in a photo to the middle of a crop, scaled and turned."""
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, degrees, scale), np.float64)
    matrix[:, 2] += (size - 1) / 2 - np.array(centre)
    return matrix


def tensors(*matrices: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(np.stack(matrices))


def photo(dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[None].to(dtype)


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.7])
@pytest.mark.parametrize("degrees", [0.0, 17.0, -90.0, 180.0])
@pytest.mark.parametrize("centre", [(225.0, 120.0), (20.5, 490.25)])
def test_crops_are_those_of_opencv(scale: float, degrees: float, centre: tuple[float, float]) -> None:
    matrix = placed(scale, degrees, centre, 112)
    ours = warp(photo(), tensors(matrix), 112)[0].permute(1, 2, 0).numpy()
    theirs = cv2.warpAffine(skimage.data.astronaut(), matrix, (112, 112)).astype(np.float32)
    difference = np.abs(ours - theirs)
    assert difference.mean() <= 1
    assert np.percentile(difference, 99) <= 8  # OpenCV rounds places to 1/32 pixel


def test_a_shift_by_whole_pixels_is_exact_and_zero_outside() -> None:
    crop = warp(photo(), tensors(np.array([[1.0, 0, 30], [0, 1.0, -20]])), 100)[0]
    assert (crop[:, :, :30] == 0).all()
    assert (crop[:, :, 30:] - photo()[0, :, 20:120, :70]).abs().max() < 1e-3


def test_a_crop_that_leaves_the_photo_altogether_is_black() -> None:
    assert (warp(photo(), tensors(np.array([[1.0, 0, 4000], [0, 1.0, 0]])), 64) == 0).all()


def test_a_batch_is_warped_each_by_its_own_matrix() -> None:
    matrices = tensors(placed(1.0, 10.0, (225, 120), 64), placed(0.6, -30.0, (300, 300), 64))
    together = warp(photo().expand(2, -1, -1, -1), matrices, 64)
    alone = torch.cat([warp(photo(), matrix[None], 64) for matrix in matrices])
    assert torch.allclose(together, alone, atol=1e-3)


def test_many_samples_are_the_mean_of_a_finer_crop() -> None:
    samples = 4
    matrix = placed(0.3, 12.0, (225, 120), 40)
    finer = matrix * samples  # the same view with pixels a quarter as wide, their centres in place
    finer[:, 2] += (samples - 1) / 2
    fine = warp(photo(torch.float64), tensors(finer), 40 * samples)
    mean = fine.view(1, 3, 40, samples, 40, samples).mean((3, 5))
    assert torch.allclose(warp(photo(torch.float64), tensors(matrix), 40, samples), mean, atol=1e-9)


def test_many_samples_do_not_alias() -> None:
    stripes = torch.arange(512) % 2 * 255.0
    striped = stripes.expand(1, 3, 512, 512)
    matrix = tensors(placed(0.125, 0.0, (255.5, 255.5), 64))
    inside = slice(2, -2)
    assert warp(striped, matrix, 64, 8)[..., inside].std() < 1e-3
    assert (warp(striped, matrix, 64, 8)[..., inside] - 127.5).abs().max() < 1e-3


@pytest.mark.parametrize("crop", [ARCFACE_112, DLIB_150, FACENET_160])
def test_the_transform_is_scikit_images(crop: CropSpec) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        landmarks = LANDMARKS * rng.uniform(0.3, 5) + rng.normal(0, 6, (5, 2))
        turn = rng.uniform(-np.pi, np.pi)
        landmarks = landmarks @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        expected = SimilarityTransform.from_estimate(landmarks, np.array(crop.template))
        assert similarity_transform(landmarks, crop) == pytest.approx(expected.params[:2], abs=1e-6)


def test_landmarks_on_the_template_need_no_transform() -> None:
    matrix = similarity_transform(np.array(ARCFACE_112.template), ARCFACE_112)
    assert matrix == pytest.approx(np.eye(2, 3), abs=1e-9)


def test_landmarks_on_one_point_are_refused() -> None:
    with pytest.raises(ValueError, match="one point"):
        similarity_transform(np.full((5, 2), 7.0), ARCFACE_112)


def test_inverse_and_composition() -> None:
    first = tensors(placed(0.4, 33.0, (120, 80), 112), placed(2.0, -5.0, (10, 400), 112))
    second = tensors(placed(1.3, -70.0, (60, 50), 112), placed(0.7, 4.0, (3, 4), 112))
    same = torch.eye(2, 3, dtype=torch.float64).expand(2, 2, 3)
    assert torch.allclose(compose(invert(first), first), same, atol=1e-9)
    assert torch.allclose(compose(first, invert(first)), same, atol=1e-9)
    point = torch.tensor([13.0, -4.0, 1.0], dtype=torch.float64)
    inner = torch.cat([first @ point, torch.ones(2, 1, dtype=torch.float64)], 1)
    outer = (second @ inner[:, :, None])[:, :, 0]
    assert torch.allclose(compose(second, first) @ point, outer, atol=1e-9)


@pytest.mark.parametrize("samples", [1, 3])
def test_gradients_to_the_photo(samples: int) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(2, 1, 6, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    matrices = tensors(placed(0.8, 21.0, (3, 2), 4), placed(1.4, -40.0, (0, 0), 4))
    assert torch.autograd.gradcheck(lambda values: warp(values, matrices, 4, samples), (images,))
