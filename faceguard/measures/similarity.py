"""What recognisers make of faces before and after protecting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from faceguard.engine.sight import embeddings
from faceguard.faces.face import Face
from faceguard.measures.ordinary_copy import COPY_SCALE, ordinary_copy
from recognizers import Measure, Recognizer, Threshold


@dataclass(frozen=True)
class Similarity:
    """What one recogniser makes of one face: its original against a copy, before and after protecting.

    Attributes:
        before: The original against an ordinary copy of it (half the size, JPEG quality 75).
        after: The original against the same copy of the protected photo.
        threshold: The recogniser's usual threshold, or None where it has none; its `measure` is what the two
            numbers are (cosine similarity: larger is more alike; Euclidean distance: smaller is). Without a
            threshold they are cosine similarities.
        recognised: Whether the protected face still passes for the same person; None without a threshold.
    """

    before: float
    after: float
    threshold: Threshold | None
    recognised: bool | None


def similarities(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    faces: Sequence[Face],
    recognisers: Sequence[Recognizer],
    device: torch.device,
    known: Mapping[str, Tensor] | None = None,
) -> dict[str, tuple[Similarity, ...]]:
    """How alike recognisers find faces and ordinary copies of them.

    Args:
        before: The photo, uint8 (H, W, 3), RGB.
        after: The protected photo, as it is written.
        faces: The faces.
        recognisers: Who is asked.
        device: Where they run.
        known: Recogniser name -> (F, D): the embeddings of the faces before, where they are known already.

    Returns:
        Recogniser name -> one similarity for each face.
    """
    copies = ordinary_copy(before), ordinary_copy(after)
    there = [face.moved(COPY_SCALE, 0, 0) for face in faces]
    found = {}
    for recogniser in recognisers:
        own = None if known is None else known[recogniser.name]
        originals = embeddings(before, faces, recogniser, device) if own is None else own
        first, second = (embeddings(copy, there, recogniser, device) for copy in copies)
        found[recogniser.name] = tuple(
            _similarity(recogniser, o, b, a) for o, b, a in zip(originals, first, second, strict=True)
        )
    return found


def likeness(first: Tensor, second: Tensor, threshold: Threshold | None) -> float:
    """How alike two embeddings (D,) are, in the measure of the threshold; by cosine where there is none."""
    if threshold is not None and threshold.measure is Measure.EUCLIDEAN:
        return float(torch.linalg.vector_norm(first - second))
    return float(F.cosine_similarity(first, second, dim=0))


def _similarity(recogniser: Recognizer, original: Tensor, before: Tensor, after: Tensor) -> Similarity:
    threshold = recogniser.threshold
    recognised = None if threshold is None else bool(threshold.same_person(original, after))
    found = [likeness(original, copy, threshold) for copy in (before, after)]
    return Similarity(found[0], found[1], threshold, recognised)
