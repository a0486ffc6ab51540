"""The embedded recogniser against dlib itself."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray

from faceguard.faces.face import Face
from recognizers.dlib_resnet import DlibResNet
from recognizers.weights_cache import checked_weights
from tests.recognizers.conftest import real_crops

EYES_AND_MOUTH = np.array([[204, 101], [247, 104], [225, 130], [202, 140], [245, 143]], np.float32)


@pytest.fixture(scope="module")
def recognizer() -> DlibResNet:
    return DlibResNet()


def chips() -> list[NDArray[np.uint8]]:
    """Six pictures of 150 pixels: faces at three sizes, noise, a ramp, and black."""
    astronaut = skimage.data.astronaut()
    rng = np.random.default_rng(3)
    template = np.array(DlibResNet.crop.template, np.float32)
    pictures = []
    for scale in (1.0, 0.7, 1.3):
        target = (template - 75) * np.float32(scale) + 75
        matrix, _ = cv2.estimateAffinePartial2D(EYES_AND_MOUTH, target, method=cv2.LMEDS)
        pictures.append(np.asarray(cv2.warpAffine(astronaut, matrix, (150, 150)), np.uint8))
    pictures.append(rng.integers(0, 256, (150, 150, 3), dtype=np.uint8))
    ramp = np.linspace(0, 255, 150).astype(np.uint8)
    pictures.append(
        np.stack([np.tile(ramp, (150, 1)), np.tile(ramp[:, None], (1, 150)), 0 * pictures[0][..., 0]], 2)
    )
    pictures.append(np.zeros((150, 150, 3), np.uint8))
    return pictures


def batch(pictures: list[NDArray[np.uint8]], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).to(dtype) / 255


def test_embeddings_are_dlibs_own(recognizer: DlibResNet) -> None:
    dlib = pytest.importorskip("dlib")
    reference = dlib.face_recognition_model_v1(str(checked_weights("dlib")))
    pictures = chips()
    ours = recognizer.embed(batch(pictures)).numpy()
    theirs = np.array(
        [reference.compute_face_descriptor(np.ascontiguousarray(picture)) for picture in pictures]
    )
    assert np.abs(ours - theirs).max() < 1e-5


def test_embeddings_of_real_photos_are_dlibs_own(
    recognizer: DlibResNet, people: list[tuple[NDArray[np.uint8], Face]]
) -> None:
    dlib = pytest.importorskip("dlib")
    reference = dlib.face_recognition_model_v1(str(checked_weights("dlib")))
    pictures = real_crops(people, recognizer.crop)
    ours = recognizer.embed(batch(list(pictures))).numpy()
    theirs = np.array([reference.compute_face_descriptor(picture) for picture in pictures])
    assert np.abs(ours - theirs).max() < 1e-5


def test_embeddings_do_not_depend_on_the_batch(recognizer: DlibResNet) -> None:
    pictures = batch(chips()[:3])
    together = recognizer.embed(pictures)
    alone = torch.cat([recognizer.embed(picture[None]) for picture in pictures])
    assert (together - alone).abs().max() < 1e-5


def test_double_crops_are_taken(recognizer: DlibResNet) -> None:
    single = recognizer.embed(batch(chips()[:1]))
    double = recognizer.embed(batch(chips()[:1], torch.float64))
    assert (single - double).abs().max() < 1e-5


def test_an_empty_batch_gives_no_embeddings(recognizer: DlibResNet) -> None:
    assert recognizer.embed(torch.zeros(0, 3, 150, 150)).shape == (0, 128)


@pytest.mark.parametrize("shape", [(3, 150, 150), (1, 3, 149, 150), (1, 1, 150, 150), (1, 3, 112, 112)])
def test_other_shapes_are_refused(recognizer: DlibResNet, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="dlib takes crops"):
        recognizer.embed(torch.zeros(shape))


def test_whole_numbers_are_refused(recognizer: DlibResNet) -> None:
    with pytest.raises(ValueError, match="float"):
        recognizer.embed(torch.zeros(1, 3, 150, 150, dtype=torch.uint8))


def test_features_are_those_of_groups_three_and_four(recognizer: DlibResNet) -> None:
    views = recognizer.view(batch(chips()[:2]))
    assert [feature.shape[:2] for feature in views.features] == [(2, 128), (2, 256)]
    assert views.embedding.shape == (2, recognizer.dimension)


def test_loading_takes_less_than_a_second() -> None:
    seconds = []
    for _ in range(3):  # the best of them, since other programs may be busy
        start = time.perf_counter()
        DlibResNet()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1


def test_loading_leaves_no_weight_that_wants_gradients(recognizer: DlibResNet) -> None:
    assert not any(parameter.requires_grad for parameter in recognizer.network.parameters())
    assert not recognizer.network.training
