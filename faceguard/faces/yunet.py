"""YuNet (Wu et al. 2023) through OpenCV's `cv2.FaceDetectorYN`: small, fast, on the processor.

OpenCV publishes the file as face_detection_yunet_2023mar.onnx, and since OpenCV 5 as ..._2026may.onnx. Its
"right eye" is the person's, so the landmarks come in the order of `faceguard.faces.face`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from faceguard.errors import SettingsError
from faceguard.faces.detector_file import check_file, unusable
from faceguard.faces.face import Face
from faceguard.faces.looks import two_looks
from recognizers import RecognizerError
from recognizers.onnx_model import read_model

_OUTPUTS = {f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)}
_SAME_FACE = 0.3  # OpenCV's own default: boxes whose intersection over union is more show one face
_CANDIDATES = 5000  # OpenCV's own default


class YunetDetector:
    """YuNet at two scales.

    Args:
        path: The ONNX file.
        device: "cpu" or "auto"; OpenCV runs it nowhere else.
        min_face: The smallest face to return, in photo pixels.
        min_score: How sure the network must be, 0..1; OpenCV's own default.
        name: What a person types to choose it; "yunet:PATH" where nothing else is given.

    Raises:
        SettingsError: The file is missing, unreadable or no YuNet, or CUDA was asked for.
    """

    def __init__(
        self,
        path: Path,
        device: torch.device | str = "cpu",
        *,
        min_face: int = 1,
        min_score: float = 0.9,
        name: str | None = None,
    ) -> None:
        self.name = name or f"yunet:{path}"
        self.min_face = min_face
        if str(device).startswith("cuda"):
            # OpenCV's wheels carry no CUDA, and OpenCV 5 would go on without it and only log a warning.
            raise SettingsError(
                f"device cuda: {self.name} runs on the processor only; with --device auto the rest uses "
                "the GPU all the same, and the detectors mtcnn and scrfd:PATH run on it too"
            )
        check_file(path, "yunet")
        self._turn = threading.Lock()  # OpenCV's network keeps the size of its input
        try:
            outputs = {output.name for output in read_model(path).graph.output}
        except RecognizerError as error:
            raise SettingsError(str(error)) from error
        if not outputs >= _OUTPUTS:
            # OpenCV would read past the end of what another network gives.
            raise SettingsError(
                f"{path}: no YuNet of 2023 or later, which has an output {min(_OUTPUTS - outputs)}"
            )
        try:
            with _quiet():
                self._network = cv2.FaceDetectorYN.create(
                    "onnx",
                    np.frombuffer(path.read_bytes(), np.uint8),
                    np.zeros(0, np.uint8),
                    (32, 32),
                    min_score,
                    _SAME_FACE,
                    _CANDIDATES,
                )
                self._look(np.full((64, 64, 3), 127, np.uint8), 1.0)
        except cv2.error as error:
            raise unusable(path, "yunet", error) from error

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[list[Face]]:
        """The faces of each photo, largest first; an empty list for a photo without any.

        Args:
            photos: Upright uint8 arrays (H, W, 3), RGB, of any sizes.
        """
        return [two_looks(photo, self._look, self.min_face) for photo in photos]

    def _look(self, picture: NDArray[np.uint8], _scale: float) -> list[Face]:
        height, width = picture.shape[:2]
        with self._turn:
            self._network.setInputSize((width, height))
            _, found = self._network.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        rows = [] if found is None else found  # None where there is no face
        return [_face(np.asarray(row, dtype=np.float32)) for row in rows]


def _face(row: NDArray[np.float32]) -> Face:
    """A face from OpenCV's 15 numbers: left, top, width, height, five landmarks, score."""
    left, top, width, height = (float(value) for value in row[:4])
    return Face((left, top, left + width, top + height), row[4:14].reshape(5, 2), float(row[14]))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps OpenCV from logging to standard error what it raises as well, or what does not matter here."""
    logging = cv2.utils.logging
    before = logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        logging.setLogLevel(before)
