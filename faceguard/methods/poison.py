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
from faceguard.methods.clusters import Clusters
from faceguard.methods.combined import Combined
from faceguard.methods.error_minimizing import ErrorMinimizing
from faceguard.methods.gradient_alignment import GradientAlignment
from faceguard.methods.online_alignment import OnlineAlignment
from faceguard.methods.person_mask import PersonMask
from faceguard.methods.robust_error_minimizing import usual_robust
from faceguard.methods.separable import Separable
from faceguard.methods.targeted import Targeted
from faceguard.methods.ungeneralizable import Ungeneralizable


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


def usual_poison(name: str, epsilon: float, surrogates: tuple[str, ...] = ("dlib",)) -> Poison:
    """A poison as `faceguard protect` uses it, by its name, with a budget of epsilon steps of 255.

    Args:
        name: Its name.
        epsilon: Its budget.
        surrogates: What it is crafted on, by name, if it is crafted on finished recognisers.
    """
    budget = Budget(epsilon)
    if name == "person-mask":
        return PersonMask(budget, surrogates)
    if name == "combined":
        return Combined(budget, surrogates)
    if name == "clusters":
        return Clusters(budget)
    if name == "separable":
        return Separable(budget)
    if name == "gradient-alignment":
        return GradientAlignment(budget)
    if name == "gradient-alignment-online":
        return OnlineAlignment(budget)
    if name == "targeted":
        return Targeted(budget)
    if name == "ungeneralizable":
        return Ungeneralizable(budget)
    if name.startswith("robust-error-minimizing"):
        return usual_robust(budget, per_person=name.endswith("-classwise"))
    # As in the paper: one small step on each batch, as a person's photos share the noise.
    shared = ErrorMinimizing(budget, per_person=True, noise_steps=1, step_size=0.1, gain=8.0, mirrored=True)
    if name == "error-minimizing-classwise":
        return shared
    return ErrorMinimizing(budget, start=shared, step_size=0.1, fewest_rounds=2, most_rounds=4)
