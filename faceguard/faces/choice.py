"""Whether a face is to be protected, where the faces of some people are and others are not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """What was decided about a face; see `faceguard.people.selection.PersonSelection`.

    Attributes:
        protect: Whether it is to be protected.
        unsure: Whether that is uncertain: it is about as far from a reference as the recogniser's threshold.
        distance: From the nearest reference, in the recogniser's own units (dlib: Euclidean; smaller is more
            alike).
        reference: What that reference is called: its file's name, or "reference 1" for one from memory.
    """

    protect: bool
    unsure: bool
    distance: float
    reference: str
