"""What every poison is: it crafts noise for labelled photos, so that who trains on them learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from faceguard.engine.budget import Budget
from faceguard.engine.labelled import LabelledPatches
from faceguard.engine.noise import Noise
from faceguard.methods.clusters import Clusters
from faceguard.methods.error_minimizing import ErrorMinimizing
from faceguard.methods.separable import Separable
from faceguard.methods.targeted import Targeted


class Poison(Protocol):
    """A method against the training threat: a frozen dataclass of settings; calling it crafts.

    Attributes:
        name: What a person types after `--method`.
        threat: "training".
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


def usual_poison(name: str, epsilon: float) -> Poison:
    """A poison as `faceguard protect` uses it, by its name, with a budget of epsilon steps of 255."""
    budget = Budget(epsilon)
    if name == "clusters":
        return Clusters(budget)
    if name == "separable":
        return Separable(budget)
    if name == "targeted":
        return Targeted(budget)
    if name == "error-minimizing-classwise":
        # As in the paper: one small step on each batch, as a person's photos share the noise.
        return ErrorMinimizing(budget, per_person=True, noise_steps=1, step_size=0.1)
    return ErrorMinimizing(budget)
