"""Which face of a photo counts where several were found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from faceguard.faces.face import Face


class FaceChoice(Enum):
    """What to do with a photo that shows several faces.

    Attributes:
        LARGEST: Its largest face counts.
        CENTRAL: The face whose middle is nearest to the photo's counts, as on the photos of LFW.
        SKIP: The photo is left out.
        REFUSE: The run is refused.
    """

    LARGEST = "largest"
    CENTRAL = "central"
    SKIP = "skip"
    REFUSE = "refuse"


def chosen(faces: Sequence[Face], choice: FaceChoice, height: int, width: int) -> Face | None:
    """The face that counts; None where there is none, or several under SKIP and REFUSE.

    Args:
        faces: The faces of a photo, largest first.
        choice: What to do with several.
        height: The photo's, in pixels.
        width: The photo's, in pixels.
    """
    if len(faces) < 2:
        return faces[0] if faces else None
    if choice is FaceChoice.LARGEST:
        return faces[0]
    if choice is FaceChoice.CENTRAL:
        return min(faces, key=lambda face: _from_middle(face, height, width))
    return None


def _from_middle(face: Face, height: int, width: int) -> float:
    """The squared distance of a box's middle from the photo's, in pixels."""
    left, top, right, bottom = face.box
    return ((left + right - width + 1) / 2) ** 2 + ((top + bottom - height + 1) / 2) ** 2
