"""Crops, thresholds, and what a recogniser is given of a crop."""

from __future__ import annotations

import pytest
import torch

from recognizers import ARCFACE_112, DLIB_150, FACENET_160, CropSpec, Measure, Threshold
from recognizers.base import check_crops, network_input

TEMPLATE = ARCFACE_112.template


def test_the_arcface_template_is_insightfaces() -> None:
    face_align = pytest.importorskip("insightface.utils.face_align")
    assert torch.tensor(TEMPLATE).numpy() == pytest.approx(face_align.arcface_dst, abs=1e-4)


def test_facenets_template_is_arcfaces_at_160_pixels() -> None:
    assert torch.tensor(FACENET_160.template).numpy() == pytest.approx(
        torch.tensor(TEMPLATE).numpy() * 160 / 112, abs=1e-3
    )


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"template": TEMPLATE[:4]}, {"scale": 0.0}, {"colour_order": "GBR"}]
)
def test_impossible_crops_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"crop|template|colour order"):
        CropSpec(**{"size": 112, "template": TEMPLATE, **wrong})  # type: ignore[arg-type]


def test_network_input_reaches_the_ends_of_the_range() -> None:
    ends = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    assert network_input(ends, ARCFACE_112)[0, 0, 0].tolist() == [-1, 1]
    red = network_input(ends, DLIB_150)[0, 0, 0]
    assert red.tolist() == pytest.approx([-122.782 / 256, (255 - 122.782) / 256])


def test_bgr_networks_get_blue_first() -> None:
    crop = CropSpec(1, TEMPLATE, mean=(1.0, 2.0, 3.0), scale=1.0, colour_order="BGR")
    pixel = torch.tensor([10.0, 20.0, 30.0]).view(1, 3, 1, 1) / 255
    assert network_input(pixel, crop).flatten().tolist() == pytest.approx([27, 18, 9], abs=1e-4)


@pytest.mark.parametrize("shape", [(3, 112, 112), (1, 1, 112, 112), (1, 3, 111, 112), (1, 3, 112, 150)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(B, 3, 112, 112\), not"):
        check_crops(torch.zeros(shape), ARCFACE_112, "a recogniser")


def test_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="float crops"):
        check_crops(torch.zeros(1, 3, 112, 112, dtype=torch.uint8), ARCFACE_112, "a recogniser")


def test_thresholds_take_a_pair_on_the_line_for_the_same_person() -> None:
    first = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    second = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.0]])
    cosine = Threshold(Measure.COSINE, 1.0, "a test")
    assert cosine.same_person(first, second).tolist() == [True, False, True]
    euclidean = Threshold(Measure.EUCLIDEAN, 0.5, "a test")
    assert euclidean.same_person(first, second).tolist() == [True, False, True]
