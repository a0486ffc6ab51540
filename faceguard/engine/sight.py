"""What recognisers make of faces in photos as they stand, without random views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceguard.engine.views import samples_for
from faceguard.faces.alignment import similarity_transform, warp
from faceguard.faces.face import Face
from recognizers import Recognizer, Views
from recognizers.crops import CropSpec
from recognizers.ensemble import Ensemble


def aligned_crops(
    photo: NDArray[np.uint8], faces: Sequence[Face], crop: CropSpec, *, antialias: bool = True
) -> Tensor:
    """The faces of a photo as a recogniser is shown them: float32 (F, 3, size, size), RGB, 0..1.

    Args:
        photo: Upright uint8 (H, W, 3), RGB.
        faces: The faces in it.
        crop: The recogniser's crop.
        antialias: Average what a reduction drops (dlib does); without, sample plainly (insightface does).
    """
    crops = []
    for face in faces:
        matrix = similarity_transform(face.landmarks, crop)
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        part, shift = _around(photo, matrix, crop)
        values = torch.from_numpy(part.transpose(2, 0, 1).copy()).float()[None] / 255
        shifted = torch.from_numpy(shift)[None].float()
        crops.append(warp(values, shifted, crop.size, samples_for(scale) if antialias else 1))
    return torch.cat(crops) if crops else torch.zeros(0, 3, crop.size, crop.size)


def _around(
    photo: NDArray[np.uint8], matrix: NDArray[np.float64], crop: CropSpec
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of a photo that a crop shows, and the matrix from that part's pixels to the crop."""
    inverse = np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))
    corners = np.array([(-1, -1, 1), (crop.size, -1, 1), (-1, crop.size, 1), (crop.size, crop.size, 1)])
    points = (corners @ inverse.T)[:, :2]
    height, width = photo.shape[:2]
    left, top = np.clip(np.floor(points.min(0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(points.max(0)).astype(int) + 1, (left + 1, top + 1), (width, height))
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ (left, top)
    return photo[top:bottom, left:right], shifted


@torch.no_grad()
def embeddings(
    photo: NDArray[np.uint8],
    faces: Sequence[Face],
    recognizer: Recognizer,
    device: torch.device,
    *,
    antialias: bool = True,
) -> Tensor:
    """What a recogniser makes of a photo's faces: float32 (F, dimension) on the CPU; see `aligned_crops`.

    Each member of an ensemble sees its own crop.
    """
    if isinstance(recognizer, Ensemble):
        members = recognizer.members
        return recognizer.joined([embeddings(photo, faces, m, device, antialias=antialias) for m in members])
    if not faces:
        return torch.zeros(0, recognizer.dimension)
    crops = aligned_crops(photo, faces, recognizer.crop, antialias=antialias).to(device)
    return recognizer.embed(crops).float().cpu()


@torch.no_grad()
def views(
    photo: NDArray[np.uint8], faces: Sequence[Face], recognizer: Recognizer, device: torch.device
) -> Views:
    """What a recogniser, no ensemble, makes of a photo's faces: float32, on the CPU.

    Without a face there are no activations.
    """
    if not faces:
        return Views(torch.zeros(0, recognizer.dimension), [])
    seen = recognizer.view(aligned_crops(photo, faces, recognizer.crop).to(device))
    return Views(seen.embedding.float().cpu(), [feature.float().cpu() for feature in seen.features])
