"""The cases of the training benchmark as people: who is trained on, who is protected, who is kept out."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from evaluation.benchmarks.train_settings import TrainCase, TrainSettings
from evaluation.benchmarks.train_split import TrainSplit, evenly
from faceguard.errors import SettingsError

People = tuple[int, ...]
_USUAL_SHARE = 0.2


@dataclass(frozen=True)
class Scene:
    """One case.

    Attributes:
        case: Which one.
        trained: The numbers of the people the victim is trained on.
        protected: Those of them whose training photos are protected; empty where only clean victims are
            measured.
        kept_out: Whom an open-set victim is tested on.
    """

    case: TrainCase
    trained: People
    protected: People
    kept_out: People = ()

    @property
    def others(self) -> People:
        """The people who are trained on and not protected."""
        return tuple(person for person in self.trained if person not in self.protected)

    @property
    def mixed(self) -> bool:
        """Whether some are protected and some are not."""
        return bool(self.protected) and bool(self.others)


def scenes(
    settings: TrainSettings, split: TrainSplit, set_aside: People, protectable: Container[int]
) -> list[Scene]:
    """The cases that are asked for.

    Args:
        settings: What is asked.
        split: The people.
        set_aside: The numbers of people who take no part.
        protectable: The numbers of those for whom there are protected photos.

    Raises:
        SettingsError: There are too few people, or nobody would be protected.
    """
    people = tuple(person for person in range(len(split.people)) if person not in set_aside)
    found = []
    for case in TrainCase:
        if case not in settings.cases:
            continue
        kept_out = _kept_out(settings.kept_out, people) if case is TrainCase.OPEN else ()
        trained = tuple(person for person in people if person not in kept_out)
        if len(trained) < 2:
            raise SettingsError(
                f"{len(people)} people leave {len(trained)} to train on, for the {case.value}"
            )
        protected = tuple(person for person in trained if person in protectable)
        if case is TrainCase.PARTIAL:
            protected = _some(settings, trained, protected)
        if settings.protects and not protected:
            raise SettingsError(
                f"no photo of the people who are trained on is protected, in the {case.value}"
            )
        found.append(Scene(case, trained, protected, kept_out))
    return found


def _kept_out(share: float, people: People) -> People:
    count = round(share * len(people))
    if count < 2:
        raise SettingsError(
            f"{share:g} of {len(people)} people are {count}; the open set needs two or more who are kept out "
            "of training"
        )
    return evenly(count, people)


def _some(settings: TrainSettings, trained: People, protectable: People) -> People:
    """Whose photos are protected in the partial case."""
    count = settings.protected_identities
    if count is None and settings.share is None and len(protectable) < len(trained):
        count = len(protectable)
    elif count is None:
        count = round((settings.share or _USUAL_SHARE) * len(trained))
    if not 0 < count < len(trained):
        raise SettingsError(
            f"the partial case protects some of {len(trained)} people and leaves others, not {count}"
        )
    if count > len(protectable):
        raise SettingsError(
            f"the partial case is to protect {count} people; there are protected photos of {len(protectable)}"
        )
    return evenly(count, protectable)
