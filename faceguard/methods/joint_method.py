"""What a method is that crafts for labelled photos together: a poison, person masks, combined protection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise


class JointMethod(Protocol):
    """A method that crafts for labelled photos: a frozen dataclass of settings; calling it crafts.

    Attributes:
        name: What a person types after `--method`.
        threat: "training" for poisons, which leave nothing to learn; else "enrolment" or "both".
        budget: How far pixels may move.
        per_person: Whether all photos of a person wear one noise.
        fewest_people: How many people it needs photos of.
    """

    @property
    def name(self) -> str: ...
    @property
    def threat(self) -> str: ...
    @property
    def budget(self) -> Budget: ...
    @property
    def per_person(self) -> bool: ...
    @property
    def fewest_people(self) -> int: ...

    def __call__(
        self,
        faces: LabelledPatches,
        device: torch.device,
        seed: int = 0,
        on_round: Callable[[int, float], None] | None = None,
    ) -> Noise:
        """The noise of labelled patches; `on_round` is told how far crafting is."""
        ...
