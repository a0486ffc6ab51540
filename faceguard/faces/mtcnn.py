"""The default detector: MTCNN (Zhang et al. 2016) with the weights that facenet-pytorch carries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from faceguard.faces import mtcnn_cascade
from faceguard.faces.face import Face
from faceguard.faces.looks import View, two_views
from faceguard.faces.mtcnn_networks import MtcnnNetworks

_SMALLEST = 20  # pixels; below this MTCNN's first network has nothing to go by


class MtcnnDetector:
    """MTCNN at two scales.

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
        self._networks = MtcnnNetworks(self.device)

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        return [two_views(photo, self._look, self.min_face) for photo in photos]

    def _look(self, view: View) -> list[Face]:
        smallest = max(_SMALLEST, self.min_face * view.scale)
        faces = mtcnn_cascade.detect(view, smallest, self._networks)
        return [face for face in faces if face.score >= self.min_score]
