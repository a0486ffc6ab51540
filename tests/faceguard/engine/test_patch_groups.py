"""Patches of like size together, few enough for memory, and each of them once."""

from __future__ import annotations

import numpy as np
import torch

from faceguard.engine.patch_groups import grouped
from faceguard.engine.patches import Patch
from tests.faceguard.engine.test_patches import face_at


def patch(height: int, width: int, key: int, faces: int = 1) -> Patch:
    canvas, mask = torch.zeros(3, height, width), torch.ones(1, height, width)
    found = tuple(face_at(50, 50, 20) for _ in range(faces))
    return Patch((0, 0, width, height), canvas, mask, np.eye(3), found, tuple(range(faces)), False, key)


def keys(groups: list[list[tuple[int, Patch]]]) -> list[list[int]]:
    return [[one.key for _, one in group] for group in groups]


def test_twelve_faces_are_together() -> None:
    assert keys(list(grouped([(n, patch(200, 180, n)) for n in range(12)]))) == [list(range(12))]
    assert keys(list(grouped([(n, patch(200, 180, n)) for n in range(13)]))) == [list(range(12)), [12]]
    assert keys(list(grouped([(n, patch(200, 180, n, faces=5)) for n in range(3)]))) == [[0, 1], [2]]


def test_a_large_canvas_does_not_make_small_ones_large() -> None:
    small = [(n, patch(100, 100, n)) for n in range(6)]
    assert keys(list(grouped([(9, patch(900, 900, 9)), *small]))) == [list(range(6)), [9]]


def test_order_is_by_size_and_content() -> None:
    patches = [(0, patch(100, 100, 7)), (1, patch(90, 100, 8)), (2, patch(100, 100, 3))]
    assert keys(list(grouped(patches))) == keys(list(grouped(patches[::-1]))) == [[8, 3, 7]]


def test_no_patches_are_no_groups() -> None:
    assert list(grouped([])) == []
