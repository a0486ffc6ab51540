"""What a tracker sees on a photo, before any recogniser looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from evaluation.datasets.dataset import DataPhoto
from evaluation.defenders.edits import Edit
from faceguard.faces.face import Face


class Obstacle(Enum):
    """Why a photo is of no use."""

    UNREADABLE = "unreadable"
    NO_FACE = "no face"
    SEVERAL_FACES = "several faces"


@dataclass(frozen=True, eq=False)
class Sighting:
    """One photo after detection.

    Attributes:
        photo: The photo.
        edit: What was done to its pixels before.
        sha256: Of its file, hexadecimal; empty where the file could not be read.
        face: The face that counts, in the edited photo's pixels; None where there is an obstacle.
        faces: How many faces were found.
        obstacle: Why there is none; None where there is one.
        reason: The same in words, without the photo's name.
        size: Height and width of the edited photo, in pixels; (0, 0) where it could not be read.
        look: A difference hash of the whole photo in 256 bits: alike photos have few bits that differ.
    """

    photo: DataPhoto
    edit: Edit
    sha256: str
    face: Face | None
    faces: int
    obstacle: Obstacle | None = None
    reason: str = ""
    size: tuple[int, int] = (0, 0)
    look: bytes = b""
