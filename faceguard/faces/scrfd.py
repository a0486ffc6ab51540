"""SCRFD (Guo et al. 2021), the detector of insightface's packs, through insightface itself and ONNX Runtime.

Trackers built on insightface find faces with it. Its landmarks come in the order of `faceguard.faces.face`:
insightface aligns by them as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from faceguard.errors import SettingsError
from faceguard.faces.detector_file import check_file, unusable
from faceguard.faces.face import Face
from faceguard.faces.looks import two_looks
from recognizers import RecognizerError, onnxruntime_session

_STEP = 32  # pixels: the input's sides are multiples of it
_WITH_LANDMARKS = (9, 15)  # how many outputs the files have that give landmarks too


class ScrfdDetector:
    """SCRFD at two scales.

    Args:
        path: The ONNX file, such as det_10g.onnx of the pack buffalo_l; it must be one with landmarks.
        device: Where the network runs: "cpu", "cuda", or "auto" for a GPU where ONNX Runtime has one.
        min_face: The smallest face to return, in photo pixels.
        min_score: How sure the network must be, 0..1; insightface's own default.
        name: What a person types to choose it; "scrfd:PATH" where nothing else is given.

    Raises:
        SettingsError: The file is missing or no SCRFD with landmarks, insightface or ONNX Runtime is missing,
            or CUDA was asked for and ONNX Runtime cannot use it.
    """

    def __init__(
        self,
        path: Path,
        device: torch.device | str = "cpu",
        *,
        min_face: int = 1,
        min_score: float = 0.5,
        name: str | None = None,
    ) -> None:
        self.name = name or f"scrfd:{path}"
        self.min_face = min_face
        check_file(path, "scrfd")
        try:
            session = onnxruntime_session.session(path, _device(str(device)))
            from insightface.model_zoo import SCRFD
        except RecognizerError as error:
            raise SettingsError(str(error)) from error
        except ImportError as error:
            raise SettingsError(
                f"{self.name}: insightface cannot be loaded ({error}); install it: "
                'pip install "faceguard[insightface]"'
            ) from error
        outputs = len(session.get_outputs())
        if outputs not in _WITH_LANDMARKS:
            raise SettingsError(
                f"{path}: no SCRFD with landmarks, which has 9 or 15 outputs; this has {outputs}"
            )
        # A session alone, without its path, is used at every size; else insightface makes one per size.
        self._network: Any = SCRFD(session=session)
        self._network.prepare(0, det_thresh=min_score)
        try:
            self._look(np.full((64, 64, 3), 127, np.uint8), 1.0)
        except Exception as error:  # whatever the graph's own operators and insightface's decoding raise
            raise unusable(path, "scrfd", error) from error

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        return [two_looks(photo, self._look, self.min_face) for photo in photos]

    def _look(self, picture: NDArray[np.uint8], _scale: float) -> list[Face]:
        height, width = (-(-side // _STEP) * _STEP for side in picture.shape[:2])
        # insightface scales a picture into its input by these very numbers; rounding can lose a row.
        while int(width * (height / width)) != height:
            width += _STEP
        input_picture = np.full((height, width, 3), 127, np.uint8)
        input_picture[: picture.shape[0], : picture.shape[1]] = picture[:, :, ::-1]
        boxes, landmarks = self._network.detect(input_picture, input_size=(width, height))
        return [
            Face((float(box[0]), float(box[1]), float(box[2]), float(box[3])), points, float(box[4]))
            for box, points in zip(boxes, landmarks, strict=True)
        ]


def _device(wanted: str) -> str:
    """The device that ONNX Runtime is to use; a GPU for "auto" only where both it and PyTorch know one."""
    if wanted != "auto":
        return wanted
    try:
        import onnxruntime
    except ImportError:
        return "cpu"  # where the session says what is wrong
    cuda = torch.cuda.is_available() and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    return "cuda" if cuda else "cpu"
