"""Masks: worn within the budget, where the face is, and kept as files."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch

from faceguard.engine.budget import Budget
from faceguard.engine.masks import MASK_CROP, Masks, worn
from faceguard.engine.sight import aligned_crops
from faceguard.errors import SettingsError
from tests.faceguard.engine.test_patches import face_at

BUDGET = Budget(8)


def mask(seed: int = 0) -> torch.Tensor:
    blocks = torch.randint(2, (3, 8, 8), generator=torch.Generator().manual_seed(seed)).float() * 2 - 1
    return blocks.repeat_interleave(16, 1).repeat_interleave(16, 2) * (8 / 255)


def photo(level: int = 128) -> np.ndarray:
    return np.full((300, 400, 3), level, np.uint8)


@pytest.mark.parametrize("level", [0, 3, 128, 254, 255])
def test_no_value_moves_by_more_than_the_budget(level: int) -> None:
    faces = [face_at(150, 150, 40), face_at(180, 160, 40), face_at(395, 5, 60)]
    for strength in (1.0, 5.0):
        moved = worn(photo(level), faces, mask() * strength, BUDGET).astype(int) - level
        assert 0 < np.abs(moved).max() <= 8


def test_the_face_a_tracker_cuts_out_wears_the_mask() -> None:
    face = face_at(200, 150, 50)
    pixels = worn(photo(), [face], mask(), BUDGET)
    crop = aligned_crops(pixels, [face], MASK_CROP)[0] - 128 / 255
    inside = slice(12, -12)
    seen, meant = crop[:, inside, inside].flatten(), mask()[:, inside, inside].flatten()
    assert torch.corrcoef(torch.stack([seen, meant]))[0, 1] > 0.85


def test_the_mask_fades_out_and_all_else_stays() -> None:
    face = face_at(200, 150, 30)
    moved = worn(photo(), [face], mask(), BUDGET) != 128
    assert not moved[:, :60].any()
    assert not moved[:, -60:].any()
    assert moved[150, 200].any()


def test_grey_photos_stay_grey() -> None:
    pixels = worn(photo(), [face_at(200, 150, 50)], mask(), BUDGET, grey=True)
    assert (pixels == pixels[:, :, :1]).all()
    assert (pixels != 128).any()


def test_a_face_wears_a_mask_within_20_ms() -> None:
    face = face_at(200, 150, 50)
    pixels = photo()
    seconds = []
    for _ in range(20):
        start = time.thread_time()
        worn(pixels, [face], mask(), BUDGET)
        seconds.append(time.thread_time() - start)
    assert sorted(seconds)[10] < 0.02


def test_masks_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "masks.safetensors"
    Masks({"anna": mask(), "Bodo Ä": mask(1)}, {"method": "separable"}).write(path)
    read = Masks.read(path)
    assert set(read.of) == {"anna", "Bodo Ä"}
    assert torch.equal(read.of["Bodo Ä"], mask(1))
    assert read.settings == {"method": "separable"}


def test_other_files_are_no_masks(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        Masks.read(tmp_path / "missing")
    text = tmp_path / "text.safetensors"
    text.write_text("this is a text")
    with pytest.raises(SettingsError, match=r"text\.safetensors: cannot be read"):
        Masks.read(text)
    wrong = tmp_path / "wrong.safetensors"
    Masks({"anna": torch.zeros(3, 4, 4)}, {}).write(wrong)
    with pytest.raises(SettingsError, match="holds no masks"):
        Masks.read(wrong)
