"""What recognisers make of faces before and after protecting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faceguard.check.faces import FacePair
from faceguard.check.findings import Box, JudgedFace, Look, Opinion
from faceguard.engine.sight import embeddings
from faceguard.faces.detector import SAME_FACE
from faceguard.faces.face import Face, overlap
from faceguard.measures.ordinary_copy import COPY_SCALE, ordinary_copy
from faceguard.measures.similarity import likeness
from recognizers import Recognizer, Threshold

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Photos:
    """What is looked at.

    Attributes:
        original: uint8 (H, W, 3), RGB.
        unprotected: The original resized and cropped as the protected photo is, of that photo's shape.
        protected: The protected photo.
        scale: Its size as a share of the original's, along a side.
    """

    original: Pixels
    unprotected: Pixels
    protected: Pixels
    scale: float


def judged_faces(
    photos: Photos,
    pairs: Sequence[FacePair],
    judges: Sequence[Recognizer],
    device: torch.device,
    left: Sequence[Box] = (),
) -> tuple[JudgedFace, ...]:
    """Asks recognisers whether the faces of a protected photo still pass for the original's.

    The original face is compared with the photo as it is and with an ordinary copy of it, as that is what
    gets around: it is recognised if either is. The copy has half the original's size and JPEG quality 75; a
    photo that came back smaller than that is only compressed.

    Args:
        photos: The photos.
        pairs: The faces.
        judges: The recognisers.
        device: Where they run.
        left: The boxes of faces that were left as they were, in the original's pixels.
    """
    before = [pair.before for pair in pairs]
    expected = [pair.expected for pair in pairs]
    after = [pair.after for pair in pairs]
    scale = min(1.0, COPY_SCALE / photos.scale)
    small = ordinary_copy(photos.unprotected, scale), ordinary_copy(photos.protected, scale)
    opinions: dict[str, list[Opinion]] = {}
    for judge in judges:
        clean = embeddings(photos.original, before, judge, device)
        seen = (
            embeddings(photos.unprotected, expected, judge, device),
            embeddings(photos.protected, after, judge, device),
            embeddings(small[0], _reduced(expected, scale), judge, device),
            embeddings(small[1], _reduced(after, scale), judge, device),
        )
        opinions[judge.name] = [
            _opinion(judge.threshold, face, *others) for face, *others in zip(clean, *seen, strict=True)
        ]
    return tuple(
        JudgedFace(
            pair.after.box,
            pair.found_before,
            pair.found_after,
            {name: its[place] for name, its in opinions.items()},
            any(overlap(pair.before, replace(pair.before, box=box)) > SAME_FACE for box in left),
        )
        for place, pair in enumerate(pairs)
    )


def _opinion(
    threshold: Threshold | None,
    face: Tensor,
    unprotected: Tensor,
    protected: Tensor,
    unprotected_copy: Tensor,
    protected_copy: Tensor,
) -> Opinion:
    recognised = None
    if threshold is not None:
        without, within = (
            any(bool(threshold.same_person(face, other)) for other in others)
            for others in ((unprotected, unprotected_copy), (protected, protected_copy))
        )
        recognised = within if without or within else None
    return Opinion(
        threshold,
        Look(*(likeness(face, other, threshold) for other in (unprotected, protected))),
        Look(*(likeness(face, other, threshold) for other in (unprotected_copy, protected_copy))),
        recognised,
    )


def _reduced(faces: Sequence[Face], scale: float) -> list[Face]:
    return [face.moved(scale, 0, 0) for face in faces]
