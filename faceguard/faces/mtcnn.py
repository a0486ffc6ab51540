"""The default detector: MTCNN (Zhang et al. 2016) as facenet-pytorch carries it, weights included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import detect_face
from numpy.typing import NDArray

from faceguard.faces.face import Face
from faceguard.faces.looks import two_looks

_SMALLEST = 20  # pixels; below this MTCNN's first network has nothing to go by


class MtcnnDetector:
    """facenet-pytorch's MTCNN at two scales.

    Args:
        device: Where the networks run.
        min_face: The smallest face to look for, in photo pixels; 20 at least.
        min_score: How sure the last network must be, 0..1.

    Raises:
        ValueError: The smallest face is smaller than that.
    """

    name = "mtcnn"

    def __init__(
        self, device: torch.device | str = "cpu", *, min_face: int = _SMALLEST, min_score: float = 0.9
    ) -> None:
        if min_face < _SMALLEST:
            raise ValueError(f"the smallest face must be at least {_SMALLEST} pixels, not {min_face}")
        self.device = torch.device(device)
        self.min_face = min_face
        self.min_score = min_score
        self._networks = MTCNN(device=self.device)

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        return [two_looks(photo, self._look, self.min_face) for photo in photos]

    @torch.no_grad()
    def _look(self, picture: NDArray[np.uint8], scale: float) -> list[Face]:
        smallest = max(_SMALLEST, self.min_face * scale)
        if min(picture.shape[:2]) < smallest:
            return []  # which detect_face does not survive
        networks = self._networks
        boxes, points = detect_face(
            picture,
            smallest,
            networks.pnet,
            networks.rnet,
            networks.onet,
            networks.thresholds,
            networks.factor,
            self.device,
        )
        return [
            Face(
                (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                np.asarray(landmarks, dtype=np.float32),
                float(box[4]),
            )
            for box, landmarks in zip(boxes[0], points[0], strict=True)
            if box[4] >= self.min_score
        ]
