"""What is remembered of photos that are protected together against training."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.masks import Masks
from faceguard.engine.patches import Box, Patch

Place = tuple[str, int, Box]
"""Person, content and rectangle: which patch of which photo."""


@dataclass
class LabelledAlbum:
    """What is remembered of the photos that are protected together: their faces, cut out.

    Attributes:
        patches: The faces, in the order of the photos.
        people: Who each patch shows.
        deltas: Once crafted, where each photo has its own: the perturbation of each patch.
        masks: Once crafted or read, where people have one each.
    """

    patches: list[Patch] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    deltas: dict[Place, Tensor] | None = None
    masks: Masks | None = None

    def labelled(self) -> LabelledPatches:
        """The patches with their people, in alphabetic order."""
        names = sorted(set(self.people))
        places = {name: place for place, name in enumerate(names)}
        return LabelledPatches(tuple(self.patches), tuple(places[name] for name in self.people), tuple(names))
