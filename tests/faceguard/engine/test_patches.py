"""Patches: where they lie, what they share, and how their perturbations come back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from faceguard.engine.patches import batch, carried, cut
from faceguard.faces.alignment import similarity_transform
from faceguard.faces.face import Face
from recognizers import ARCFACE_112, DLIB_150

_TEMPLATE = np.array(ARCFACE_112.template) - (56, 70)


def face_at(x: float, y: float, eyes: float) -> Face:
    """A frontal face around (x, y) whose eyes are so many pixels apart."""
    landmarks = (_TEMPLATE * eyes / 35.24 + (x, y)).astype(np.float32)
    return Face((x - eyes, y - 1.3 * eyes, x + eyes, y + 1.3 * eyes), landmarks, 1.0)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_small_face_keeps_its_own_pixels() -> None:
    photo = noise(300, 300)
    (patch,) = cut(photo, [face_at(150, 150, 40)], side=200)
    left, top, right, bottom = patch.box
    assert patch.canvas.shape == (3, bottom - top, right - left)
    kept = (patch.canvas.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    assert np.array_equal(kept, photo[top:bottom, left:right])


def test_a_large_face_is_reduced_and_its_crop_stays_where_it_was() -> None:
    photo = noise(1500, 1500)
    face = face_at(750, 750, 300)
    (patch,) = cut(photo, [face], side=200)
    assert max(patch.canvas.shape) == 200
    on_canvas = np.hstack([face.landmarks, np.ones((5, 1))]) @ patch.to_canvas.T
    for crop in (ARCFACE_112, DLIB_150):
        in_crop = on_canvas @ patch.matrices(crop)[0].T
        straight = np.hstack([face.landmarks, np.ones((5, 1))]) @ similarity_transform(face.landmarks, crop).T
        assert np.allclose(in_crop, straight, atol=1e-3)


def test_faces_that_overlap_share_one_patch_and_others_do_not() -> None:
    faces = [face_at(100, 100, 30), face_at(130, 100, 30), face_at(500, 400, 30)]
    patches = cut(noise(600, 600), faces, side=200)
    assert sorted(patch.indices for patch in patches) == [(0, 1), (2,)]


def test_a_chain_of_overlaps_is_one_patch() -> None:
    faces = [face_at(100, 100, 20), face_at(200, 100, 20), face_at(150, 100, 20)]
    (patch,) = cut(noise(300, 400), faces, side=200)
    assert patch.indices == (0, 1, 2)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (299, 10), (150, 299)])
def test_a_face_that_leaves_the_photo_stays_inside_it(x: float, y: float) -> None:
    (patch,) = cut(noise(300, 300), [face_at(x, y, 50)], side=200)
    left, top, right, bottom = patch.box
    assert 0 <= left < right <= 300
    assert 0 <= top < bottom <= 300


def test_a_face_outside_the_photo_has_no_patch() -> None:
    assert cut(noise(100, 100), [face_at(-900, -900, 30)], side=200) == []


def test_the_mask_fades_to_the_edge_and_is_full_inside() -> None:
    (patch,) = cut(noise(300, 300), [face_at(150, 150, 40)], side=200)
    mask = patch.mask[0]
    assert mask[0].max() < 0.1
    assert mask[mask.shape[0] // 2, mask.shape[1] // 2] == 1


def test_a_carried_perturbation_is_smooth_and_no_larger() -> None:
    (patch,) = cut(noise(900, 900), [face_at(450, 450, 200)], side=200)
    delta = torch.rand(patch.canvas.shape, generator=torch.Generator().manual_seed(0)) - 0.5
    grown = carried(delta, patch)
    left, top, right, bottom = patch.box
    assert grown.shape == (bottom - top, right - left, 3)
    assert np.abs(grown).max() <= delta.abs().max() + 1e-6
    assert np.abs(np.diff(grown, axis=0)).max() < np.abs(np.diff(delta.numpy(), axis=1)).max()


def test_a_batch_pads_and_knows_whose_face_is_whose() -> None:
    photo = noise(600, 600)
    patches = cut(photo, [face_at(100, 100, 20), face_at(120, 100, 20), face_at(400, 400, 40)], side=200)
    stacked = batch(patches, torch.device("cpu"))
    owners = [i for i, patch in enumerate(patches) for _ in patch.faces]
    assert stacked.owner.tolist() == owners
    assert stacked.matrices(DLIB_150).shape == (3, 2, 3)
    for image, patch in zip(stacked.images, patches, strict=True):
        _, height, width = patch.canvas.shape
        assert torch.equal(image[:, :height, :width], patch.canvas)
        assert image[:, height:].abs().sum() == 0


def test_a_kept_face_costs_three_bytes_a_pixel_and_shares_its_mask() -> None:
    photo = noise(900, 900)
    kept = [cut(photo, [face_at(x, 400, 60)], side=160)[0] for x in range(300, 600, 30)]
    assert len({patch.size for patch in kept}) == 1
    height, width = kept[0].size
    tensors = [tensor for patch in kept for tensor in (patch.pixels, patch.mask)]
    held = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    assert sum(held.values()) == (len(kept) * 3 + 4) * height * width
