"""Patches: the parts of photos that are perturbed, brought to a bounded size.

A patch is a rectangle of a photo around one face, or around several that overlap and so share one
perturbation. Its canvas holds the photo's own pixels where the faces are small, and an area-averaged
reduction where they are large: the perturbation of a large face is carried to its pixels by a smooth
interpolation, so that it outlives whatever resizing a tracker does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.budget import Budget
from faceguard.faces.alignment import similarity_transform
from faceguard.faces.face import Face
from recognizers.crops import ARCFACE_112, DLIB_150, FACENET_160, CropSpec

_CROPS = (ARCFACE_112, DLIB_150, FACENET_160)  # what a tracker may look at, whatever the surrogates are
_MARGIN = 0.06  # of a crop's size, on every side: what jittered landmarks may add
_EDGE = 0.08  # of a face's region: where the perturbation fades out
_LARGEST_CANVAS = 1_500_000  # pixels; only crowds of overlapping faces of unequal sizes come near

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Patch:
    """A rectangle of a photo with the faces in it.

    Attributes:
        box: (left, top, right, bottom) in photo pixels, within the photo.
        pixels: (3, h, w), RGB: the rectangle at the size the solver works at; uint8, or float32, 0..1, where
            values are not whole.
        mask: (1, h, w) float32, 0..1: how much of the budget may be used; fades out towards the edge.
        to_canvas: (3, 3) float64: photo pixel -> canvas pixel.
        faces: The faces in it.
        indices: Their places in the photo's list of faces.
        grey: The photo is greyscale, so all channels must change alike.
        key: A number made from the rectangle's content, for randomness that depends on nothing else.
    """

    box: Box
    pixels: Tensor
    mask: Tensor
    to_canvas: NDArray[np.float64]
    faces: tuple[Face, ...]
    indices: tuple[int, ...]
    grey: bool
    key: int

    @property
    def canvas(self) -> Tensor:
        """The pixels as (3, h, w) float32, 0..1: of uint8 pixels made anew each time, as albums keep many."""
        return self.pixels.float() / 255 if self.pixels.dtype == torch.uint8 else self.pixels

    @property
    def size(self) -> tuple[int, int]:
        """The canvas's height and width."""
        _, height, width = self.pixels.shape
        return height, width

    def matrices(self, crop: CropSpec) -> NDArray[np.float64]:
        """(faces, 2, 3): canvas pixel -> pixel of a crop, for each face."""
        to_photo = np.linalg.inv(self.to_canvas)
        aligned = [np.vstack([similarity_transform(f.landmarks, crop), (0, 0, 1)]) for f in self.faces]
        return np.stack([(matrix @ to_photo)[:2] for matrix in aligned])


def _extent(face: Face, shape: tuple[int, ...]) -> Box:
    """The rectangle that holds every crop a tracker may take of a face, cut to the photo."""
    corners = []
    for crop in _CROPS:
        inverse = cv2.invertAffineTransform(similarity_transform(face.landmarks, crop))
        low, high = -_MARGIN * crop.size, (1 + _MARGIN) * crop.size
        square = np.array([(low, low), (high, low), (low, high), (high, high)])
        corners.append(square @ inverse[:, :2].T + inverse[:, 2])
    points = np.concatenate(corners)
    left, top = np.floor(points.min(0)).astype(int)
    right, bottom = np.ceil(points.max(0)).astype(int) + 1
    height, width = shape[:2]
    return max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))


def _touch(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def _union(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _groups(extents: Sequence[Box]) -> list[list[int]]:
    """Which faces share a perturbation: those whose rectangles touch, directly or through others."""
    groups: list[list[int]] = []
    for index, extent in enumerate(extents):
        touching = [group for group in groups if any(_touch(extent, extents[i]) for i in group)]
        groups = [group for group in groups if group not in touching]
        groups.append(sorted([index, *(i for group in touching for i in group)]))
    return groups


def _ramp(length: int) -> NDArray[np.float32]:
    """From 0 at both ends to 1 inside, over the edge's share of the length."""
    places = (np.arange(length) + 0.5) / max(length, 1)
    t = np.clip(np.minimum(places, 1 - places) / _EDGE, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


@lru_cache(maxsize=256)
def _faded(rows: int, columns: int) -> Tensor:
    """The mask of one face alone, (rows, columns): most faces of an album share it with others."""
    return torch.from_numpy(np.outer(_ramp(rows), _ramp(columns)))


def cut(photo: NDArray[np.uint8], faces: Sequence[Face], *, side: int, grey: bool = False) -> list[Patch]:
    """The patches of a photo's faces.

    Args:
        photo: Upright uint8 (H, W, 3), RGB.
        faces: The faces in it.
        side: The longest side of a face on its canvas, in pixels.
        grey: The photo is greyscale.

    Returns:
        One patch for each group of faces whose regions overlap. Faces entirely outside the photo have none.
    """
    extents = [_extent(face, photo.shape) for face in faces]
    seen = [i for i, (left, top, right, bottom) in enumerate(extents) if right > left and bottom > top]
    return [
        _patch(photo, [faces[seen[i]] for i in group], [extents[seen[i]] for i in group], side, grey,
               tuple(seen[i] for i in group))
        for group in _groups([extents[i] for i in seen])
    ]  # fmt: skip


def _patch(
    photo: NDArray[np.uint8],
    faces: Sequence[Face],
    extents: Sequence[Box],
    side: int,
    grey: bool,
    indices: tuple[int, ...],
) -> Patch:
    left, top, right, bottom = box = _union(extents)
    pixels = np.ascontiguousarray(photo[top:bottom, left:right])
    height, width = pixels.shape[:2]
    # The smallest face sets the scale: each must keep the detail that recognisers see of it.
    smallest = min(max(r - x, b - y) for x, y, r, b in extents)
    scale = min(1.0, side / smallest, (_LARGEST_CANVAS / (height * width)) ** 0.5)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    canvas = pixels
    if scale < 1:
        canvas = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.uint8)
    sx, sy = columns / width, rows / height
    to_canvas = np.array([[sx, 0, (0.5 - left) * sx - 0.5], [0, sy, (0.5 - top) * sy - 0.5], [0, 0, 1]])
    mask = _faded(rows, columns)
    if len(extents) > 1:
        mask = torch.zeros(rows, columns)
        for x, y, r, b in extents:
            x, r = round((x - left) * sx), round((r - left) * sx)
            y, b = round((y - top) * sy), round((b - top) * sy)
            part = mask[y:b, x:r]
            torch.maximum(part, _faded(*part.shape), out=part)
    return Patch(
        box,
        torch.from_numpy(np.ascontiguousarray(canvas.transpose(2, 0, 1))),
        mask[None],
        to_canvas,
        tuple(faces),
        indices,
        grey,
        int.from_bytes(hashlib.sha256(pixels.tobytes()).digest()[:7], "big"),
    )


def carried(delta: Tensor, patch: Patch) -> NDArray[np.float32]:
    """A canvas's perturbation (3, h, w) at its rectangle's size: (height, width, 3), in the same units."""
    left, top, right, bottom = patch.box
    size = (bottom - top, right - left)
    if tuple(delta.shape[1:]) != size:
        delta = F.interpolate(delta[None], size, mode="bilinear", align_corners=False)[0]
    return np.asarray(delta.permute(1, 2, 0).cpu().numpy(), dtype=np.float32)


def put_back(photo: NDArray[np.uint8], patch: Patch, delta: Tensor, budget: Budget) -> None:
    """Moves a photo's pixels, in place, by a perturbation of one of its patches.

    Args:
        photo: uint8 (H, W, 3), RGB, as it was cut, but for other patches' perturbations.
        patch: The patch.
        delta: (3, h, w), on the patch's canvas, in units of 0..1.
        budget: How far pixels may move.
    """
    left, top, right, bottom = patch.box
    part = photo[top:bottom, left:right]
    part[:] = budget.rounded(part, carried(delta, patch), patch.grey)


@dataclass(frozen=True, eq=False)
class Batch:
    """Patches of any sizes as one tensor, and the faces in them.

    Attributes:
        patches: The patches, one for each image.
        images: (B, 3, H, W) float32, RGB, 0..1; zero below and to the right of smaller patches.
        mask: (B, 1, H, W) float32, 0..1.
        grey: (B,) bool.
        owner: (F,) int64: which image each face lies in.
    """

    patches: tuple[Patch, ...]
    images: Tensor
    mask: Tensor
    grey: Tensor
    owner: Tensor

    def matrices(self, crop: CropSpec) -> Tensor:
        """(F, 2, 3) float32: image pixel -> crop pixel, for each face."""
        stacked = np.concatenate([patch.matrices(crop) for patch in self.patches])
        return torch.from_numpy(stacked).float().to(self.images.device)


def padded(tensors: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Tensors (C, h, w) as one (B, C, *size), zero below and to the right of smaller ones."""
    stacked = tensors[0].new_zeros(len(tensors), tensors[0].shape[0], *size)
    for row, tensor in zip(stacked, tensors, strict=True):
        row[:, : tensor.shape[1], : tensor.shape[2]] = tensor
    return stacked


def common_size(patches: Sequence[Patch]) -> tuple[int, int]:
    """The height and width that all canvases fit in."""
    heights, widths = zip(*(patch.size for patch in patches), strict=True)
    return max(heights), max(widths)


def batch(patches: Sequence[Patch], device: torch.device, size: tuple[int, int] | None = None) -> Batch:
    """Patches as one batch on a device.

    Args:
        patches: The patches.
        device: Where the batch goes.
        size: The images' height and width; as large as the largest canvas where not given.
    """
    size = size or common_size(patches)
    owners = [i for i, patch in enumerate(patches) for _ in patch.faces]
    return Batch(
        tuple(patches),
        padded([patch.canvas for patch in patches], size).to(device),
        padded([patch.mask for patch in patches], size).to(device),
        torch.tensor([patch.grey for patch in patches], device=device),
        torch.tensor(owners, device=device),
    )
