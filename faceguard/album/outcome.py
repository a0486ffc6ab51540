"""What became of one photo of an album, and what the manifest keeps of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faceguard.faces.choice import Choice
    from faceguard.faces.face import Face
    from faceguard.measures.quality import Quality
    from faceguard.measures.similarity import Similarity
    from faceguard.results import ProtectionResult


class Status(Enum):
    """What became of a photo.

    Attributes:
        PROTECTED: Its faces are protected, and it is written.
        NO_FACE: No face was found; it is copied as it is and not protected.
        NOT_CHOSEN: None of its faces is to be protected; it is copied as it is.
        DONE_BEFORE: An earlier run with the same settings finished it; nothing was done.
        FAILED: It could not be read, protected or written; there is no file for it in the output folder.
    """

    PROTECTED = "protected"
    NO_FACE = "no face"
    NOT_CHOSEN = "not chosen"
    DONE_BEFORE = "done before"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class PhotoOutcome:
    """What became of one photo.

    Attributes:
        source: The file it was read from.
        relative: Its place below the output folder.
        status: What became of it.
        reason: Why it is not protected, without the path; empty for a protected photo.
        details: What the manifest keeps of it, see `details_of`; empty for a failed photo.
        seconds: The time its protection and writing took, a batch's time shared out by faces.
        result: The protected photo with its pixels, where this run protected it. Drop the outcome once it
            is dealt with: an album does not fit into memory.
    """

    source: Path
    relative: Path
    status: Status
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    result: ProtectionResult | None = field(default=None, repr=False)


def details_of(result: ProtectionResult, seconds: float) -> dict[str, Any]:
    """What the manifest keeps of a protected photo: nothing that describes a face, embeddings least of all.

    Args:
        result: The protected photo.
        seconds: How long it took.

    Returns:
        JSON values: `faces` (a list of `box`, `landmarks`, both in pixels, and `score`), `quality` (see
        `faceguard.measures.quality.Quality`; `psnr` is null where nothing changed), `similarity`
        (recogniser -> `measure`, `threshold`, `threshold_source`, and `faces` with `before`, `after`,
        `recognised` of each), `epsilon` in steps of 255, `seconds`. Where only some people's faces are
        protected, also `left`, the faces that are not, and for each face `match`: the `distance` from the
        nearest `reference`, and whether the choice is `unsure`.
    """
    left = {"left": [_face(face) for face in result.left]} if result.left else {}
    return {
        "faces": [_face(face) for face in result.faces],
        **left,
        "quality": _quality(result.quality) if result.quality is not None else None,
        "similarity": {name: _similarity(faces) for name, faces in result.similarity.items() if faces},
        "epsilon": result.epsilon,
        "seconds": round(seconds, 3),
    }


def details_without_protection(left: Sequence[Face]) -> dict[str, Any]:
    """What the manifest keeps of a photo that was copied: no face was found, or none is to be protected.

    Args:
        left: Its faces.
    """
    return {"faces": [], "left": [_face(face) for face in left]} if left else {"faces": []}


def _face(face: Face) -> dict[str, Any]:
    choice = face.choice
    match = {} if choice is None else {"match": _match(choice)}
    return {
        **match,
        "box": [round(float(edge), 1) for edge in face.box],
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in face.landmarks],
        "score": round(float(face.score), 4),
    }


def _match(choice: Choice) -> dict[str, Any]:
    return {"distance": choice.distance, "reference": choice.reference, "unsure": choice.unsure}


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "psnr": _finite(quality.psnr),
        "ssim": _finite(quality.ssim),
        "flip": _finite(quality.flip),
        "largest": int(quality.largest),
        "mean": _finite(quality.mean),
    }


def _similarity(faces: tuple[Similarity, ...]) -> dict[str, Any]:
    threshold = faces[0].threshold
    return {
        "measure": threshold.measure.value if threshold is not None else "cosine",
        "threshold": threshold.value if threshold is not None else None,
        "threshold_source": threshold.source if threshold is not None else None,
        "faces": [
            {
                "before": _finite(face.before),
                "after": _finite(face.after),
                "recognised": _yes_no(face.recognised),
            }
            for face in faces
        ],
    }


def _finite(number: float) -> float | None:
    return round(float(number), 5) if math.isfinite(number) else None


def _yes_no(value: bool | None) -> bool | None:
    return None if value is None else bool(value)
