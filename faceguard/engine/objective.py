"""What a method wants of a perturbation; the solver minimises it, and all else is common to all methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from faceguard.engine.patches import Batch
from recognizers import Recognizer, Views


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known before the first step.

    Attributes:
        batch: The patches and faces.
        surrogates: The recognisers that look at them.
        clean: What each surrogate makes of the untouched faces; float32.
    """

    batch: Batch
    surrogates: Sequence[Recognizer]
    clean: Sequence[Views]


class Objective(Protocol):
    """What a method minimises.

    An objective may own things that change along the way, such as a model that is trained on what it sees.
    """

    def loss(self, scene: Scene, seen: Sequence[Views]) -> Tensor:
        """(F,): the loss of each face, given what each surrogate makes of the perturbed faces."""
        ...
