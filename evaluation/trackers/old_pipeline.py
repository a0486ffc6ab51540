"""What a tracker does with a photo file: read it, find the face, align it, embed it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from faceguard.engine.sight import embeddings
from faceguard.faces.detector import Detector
from faceguard.photos import read_photo
from recognizers import Recognizer

Pixels = NDArray[np.uint8]
Edit = Callable[[Pixels], Pixels]


def unedited(pixels: Pixels) -> Pixels:
    """The photo as it is."""
    return pixels


def half_size_jpeg75(pixels: Pixels) -> Pixels:
    """The photo at half its size, saved as a JPEG of quality 75 and read again."""
    size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=75)
    return np.asarray(Image.open(buffer).convert("RGB"))


def embed_files(
    paths: Iterable[Path],
    detector: Detector,
    recognizers: Iterable[Recognizer],
    device: torch.device,
    edit: Edit = unedited,
) -> dict[str, dict[Path, NDArray[np.float32]]]:
    """Recogniser name -> photo -> the embedding (D,) of its largest face.

    Alignment samples plainly, without anti-aliasing, as insightface does. A photo in which no face is found
    is left out, as a tracker would.
    """
    recognizers = list(recognizers)
    found: dict[str, dict[Path, NDArray[np.float32]]] = {r.name: {} for r in recognizers}
    for path in paths:
        pixels = edit(read_photo(path).pixels)
        faces = detector.detect([pixels])[0][:1]
        for recognizer in recognizers if faces else ():
            vector = embeddings(pixels, faces, recognizer, device, antialias=False)[0]
            found[recognizer.name][path] = vector.numpy()
    return found
