"""What every poison is: it crafts noise for labelled photos, so that who trains on them learns nothing.

Person masks and combined protection craft for labelled photos likewise, though they answer another threat, or
both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise


class Poison(Protocol):
    """A method that crafts for labelled photos: a frozen dataclass of settings; calling it crafts.

    Attributes:
        name: What a person types after `--method`.
        threat: "training"; "enrolment" or "both" for methods that are no poisons, or not only.
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
