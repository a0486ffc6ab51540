"""Averages from a table of sums against PyTorch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from faceguard.faces.area_table import AreaTable

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (67, 101, 3), dtype=np.uint8)


def pytorchs(picture: Pixels, height: int, width: int) -> NDArray[np.float32]:
    values = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
    reduced = interpolate(values, (height, width), mode="area")[0].permute(1, 2, 0)
    return ((reduced - 127.5) / 128).numpy()


@pytest.mark.parametrize("size", [(41, 61), (67, 101), (12, 30), (1, 1), (100, 150)])
def test_a_reduced_picture(picture: Pixels, size: tuple[int, int]) -> None:
    height, width = size
    reduced = AreaTable(picture).reduced(height, width, (0, height), (0, width))
    assert reduced.dtype == np.float32
    assert reduced == pytest.approx(pytorchs(picture, height, width), abs=1e-6)


def test_a_part_of_a_reduced_picture(picture: Pixels) -> None:
    part = AreaTable(picture).reduced(41, 61, (6, 20), (10, 61))
    assert part == pytest.approx(pytorchs(picture, 41, 61)[6:20, 10:61], abs=1e-6)


def test_boxes_cut_out_at_once(picture: Pixels) -> None:
    boxes = np.array([(0, 0, 101, 67), (3, 5, 4, 6), (90, 20, 101, 60), (10, 10, 40, 40)])
    cut = AreaTable(picture).cut(boxes, 24)
    assert cut.shape == (4, 24, 24, 3)
    for (left, top, right, bottom), square in zip(boxes, cut, strict=True):
        assert square == pytest.approx(pytorchs(picture[top:bottom, left:right], 24, 24), abs=1e-6)


def test_no_boxes(picture: Pixels) -> None:
    assert AreaTable(picture).cut(np.zeros((0, 4), np.intp), 24).shape == (0, 24, 24, 3)


def test_sums_of_the_largest_white_picture() -> None:
    white = np.full((2896, 2896, 3), 255, np.uint8)
    assert AreaTable(white).reduced(1, 1, (0, 1), (0, 1)).flatten() == pytest.approx([127.5 / 128] * 3)
