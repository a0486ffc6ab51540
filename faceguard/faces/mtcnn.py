"""The default detector: MTCNN (Zhang et al. 2016) as facenet-pytorch carries it, weights included.

Each photo is looked at twice: small and with a border, where faces that fill or leave the frame are found,
and large, where small ones are.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import detect_face
from numpy.typing import NDArray

from faceguard.faces.detector import SAME_FACE, merge
from faceguard.faces.face import Face, overlap

_SMALLEST = 20  # pixels; below this MTCNN's first network has nothing to go by
_FILLING = 1 / 3  # a face of this share of the photo's longer side is best seen in the small look
_BORDER_COLOUR = (127, 127, 127)  # what the networks see as zero


class MtcnnDetector:
    """facenet-pytorch's MTCNN at two scales.

    Args:
        device: Where the networks run.
        min_face: The smallest face to look for, in photo pixels; 20 at least.
        min_score: How sure the last network must be, 0..1.
        near_side: The longer side of the small look, in pixels.
        far_side: The longer side of the large look at most, in pixels.
    """

    name = "mtcnn"

    def __init__(
        self,
        device: torch.device | str = "cpu",
        *,
        min_face: int = _SMALLEST,
        min_score: float = 0.9,
        near_side: int = 256,
        far_side: int = 1280,
    ) -> None:
        if min_face < _SMALLEST:
            raise ValueError(f"the smallest face must be at least {_SMALLEST} pixels, not {min_face}")
        self.device = torch.device(device)
        self.min_face = min_face
        self.min_score = min_score
        self.near_side = near_side
        self.far_side = far_side
        self._networks = MTCNN(device=self.device)

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: NDArray[np.uint8]) -> list[Face]:
        longer = max(photo.shape[:2])
        near = self._look(photo, min(1.0, self.near_side / longer), border=0.5)
        far: list[Face] = []
        if longer > self.near_side:
            far = self._look(photo, min(1.0, self.far_side / longer), border=0.05)
        # Without the border around it a face that fills the frame gets worse landmarks at a better score.
        filling = [face for face in near if face.size > _FILLING * longer]
        far = [face for face in far if all(overlap(face, other) <= SAME_FACE for other in filling)]
        return [face for face in merge(near + far) if face.size >= self.min_face]

    @torch.no_grad()
    def _look(self, photo: NDArray[np.uint8], scale: float, border: float) -> list[Face]:
        """The faces in a photo brought to a scale, with a border of a share of its longer side around it."""
        if scale < 1:
            height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
            photo = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
        edge = round(border * max(photo.shape[:2])) + _SMALLEST
        padded = cv2.copyMakeBorder(photo, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=_BORDER_COLOUR)
        smallest = max(_SMALLEST, self.min_face * scale)
        if min(padded.shape[:2]) < smallest:
            return []  # which detect_face does not survive
        networks = self._networks
        boxes, points = detect_face(
            padded,
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
            .moved(1.0, -edge, -edge)
            .moved(1 / scale, 0, 0)
            for box, landmarks in zip(boxes[0], points[0], strict=True)
            if box[4] >= self.min_score
        ]
