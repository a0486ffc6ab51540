"""What the training benchmark is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from evaluation.benchmarks.enroll_settings import Crafting
from evaluation.benchmarks.train_victim import Victim
from evaluation.benchmarks.workbench import DataSettings, Statistics, TrackerSettings
from faceguard.errors import SettingsError
from faceguard.methods.ungeneralizable import Ungeneralizable


class TrainCase(Enum):
    """What is asked of a trained victim.

    Attributes:
        CLOSED: Does its head name the people it was trained on, on other photos of them?
        OPEN: Do its embeddings tell people apart whom it was not trained on?
        PARTIAL: Some people's photos are protected: how do they fare, and how the others?
    """

    CLOSED = "closed set"
    OPEN = "open set"
    PARTIAL = "partial"


class EditOn(Enum):
    """Which photos go through the edits and the purifier of a defence.

    Attributes:
        TRAINING: The training photos.
        ALL: The photos it is tested on too: what stands before a recogniser stays there.
    """

    TRAINING = "training"
    ALL = "all"


@dataclass(frozen=True)
class KeySettings:
    """That those are trained too who have a key to the photos, or learn from somebody who has.

    Attributes:
        file: The key; None for the one that lies with the protected photos.
        temperatures: A student distils from the authorised network with each.
    """

    file: Path | None = None
    temperatures: tuple[float, ...] = (1.0, 4.0)

    def __post_init__(self) -> None:
        if not all(0 < temperature < math.inf for temperature in self.temperatures):
            raise SettingsError(f"temperatures are above 0, not {', '.join(map(str, self.temperatures))}")


@dataclass(frozen=True)
class TrainSettings:
    """What `train_victims` is told.

    Attributes:
        data: Which data.
        output: Where protected photos and trained victims are kept; a run goes on with what is there.
        tracker: How the tracker looks at photos; it runs no recognisers but its victims.
        statistics: How chance is dealt with, but for training.
        crafting: How photos are protected; None where they are not by this tool.
        protected: A folder of versions protected by any tool, under the photos' names.
        suffix: What the tool that made these adds to names.
        cases: What is asked.
        victims: What the tracker trains, each for itself.
        defences: What it does against protection, see `evaluation.defenders.training_defence`.
        edit_on: Which photos the defences' edits go over.
        seeds: Each victim is trained once with each, from other first weights and in another order.
        train_photos: How many of each person's photos, the first by name, are trained on; None for four of
            five. The others are tested on.
        kept_out: Which share of the people is kept out of training in the open set.
        share: Which share of the people is protected in the partial case; None for all for whom there are
            protected photos, or a fifth where that is everybody.
        protected_identities: The same as a number, instead.
        neighbours: In the open set, how many nearest neighbours vote, beside the ranks.
        lfw: Verification data (LFW, or an insightface pack) on which open-set victims are tested too.
        learning_people: How many people are set aside for a purifier to learn from, where there is one.
        key: For ungeneralizable photos: who is trained beside the victims; None for nobody.
    """

    data: DataSettings
    output: Path
    tracker: TrackerSettings = field(default_factory=lambda: TrackerSettings(()))
    statistics: Statistics = field(default_factory=Statistics)
    crafting: Crafting | None = None
    protected: Path | None = None
    suffix: str = ""
    cases: tuple[TrainCase, ...] = (TrainCase.CLOSED,)
    victims: tuple[Victim, ...] = (Victim(),)
    defences: tuple[str, ...] = ("none",)
    edit_on: EditOn = EditOn.ALL
    seeds: tuple[int, ...] = (0, 1, 2)
    train_photos: int | None = None
    kept_out: float = 0.2
    share: float | None = None
    protected_identities: int | None = None
    neighbours: int = 1
    lfw: Path | None = None
    learning_people: int = 20
    key: KeySettings | None = None

    def __post_init__(self) -> None:
        for name in ("train_photos", "protected_identities", "neighbours", "learning_people"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"{name} must be at least 1, not {value}")
        for name in ("kept_out", "share"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise SettingsError(f"{name} is a share above 0 and below 1, not {value}")
        for name in ("cases", "victims", "defences", "seeds"):
            values = getattr(self, name)
            if not values:
                raise SettingsError(f"{name}: name at least one")
        if self.share is not None and self.protected_identities is not None:
            raise SettingsError("give a share of protected people or their number, not both")
        if self.crafting is not None and self.protected is not None:
            raise SettingsError("photos are protected by this tool or by another one, not by both")
        if TrainCase.PARTIAL in self.cases and not self.protects:
            raise SettingsError("the partial case is about protected photos; name what protects them")
        if self.key is not None:
            self._check_key(self.key)
        if self.lfw is not None and TrainCase.OPEN not in self.cases:
            raise SettingsError("verification belongs to the open set: add that case")
        names = [victim.name for victim in self.victims]
        if len(set(names)) < len(names):
            raise SettingsError(f"the victims {', '.join(names)} have the same name; train them apart")

    def _check_key(self, key: KeySettings) -> None:
        if not self.protects:
            raise SettingsError("a key is to protected photos; name what protects them")
        if self.crafting is None:
            return
        if self.crafting.method != Ungeneralizable.name:
            raise SettingsError(
                f"{self.crafting.method} has no key that a network could learn with: "
                f"that is {Ungeneralizable.name}'s"
            )
        if key.file is not None:
            raise SettingsError(f"{key.file}: protecting makes a key of its own, so none can be named")

    @property
    def protects(self) -> bool:
        """Whether anything is protected at all; else clean victims are measured alone."""
        return self.crafting is not None or self.protected is not None
