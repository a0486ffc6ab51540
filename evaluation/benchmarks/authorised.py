"""Who learns from ungeneralizable photos beside the victims: the authorised network, and who comes near it.

The cells of J. Ye & X. Wang, Ungeneralizable Examples (CVPR 2024), authorised and hacker on clean and
protected photos. A hacker is a victim as any other: of the authorised network's own architecture from another
initialisation, or of another architecture. Nearest to being authorised come a hacker that has the key's
weights without its blindness to the noise, one that has the blindness without the weights, since the noise's
colour can be guessed and be seen on the photos, and a student that distils from the authorised network.

All are trained alike, with one head and one schedule; they differ in what they start from and learn by.
"""

from __future__ import annotations

import copy
import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from evaluation.benchmarks import distilling
from evaluation.benchmarks.distilling import Distilling
from evaluation.benchmarks.train_course import Course, Learner
from evaluation.benchmarks.train_victim import Victim
from evaluation.results import Json
from evaluation.trackers.identity import weights_digest
from faceguard.errors import SettingsError
from faceguard.methods import blunt_answers, secret_colour, ungeneralizable_losses
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.secret_colour import ColourBlindClassifier, blind
from recognizers import Recognizer
from recognizers.training import FaceClassifier, Training, TrainingSettings

_CPU = torch.device("cpu")
_DISTILLING = (distilling, ungeneralizable_losses, blunt_answers)
_BLINDNESS: dict[str, Json] = {"secret_colour": inspect.getsource(secret_colour)}


@dataclass(frozen=True, eq=False)
class _NearTheKey(ABC):
    """Somebody who has the key or some of it: an `evaluation.benchmarks.train_course.Learner`.

    Attributes:
        key: The key.
        like: A victim of the same architecture, as which it is trained otherwise.
    """

    key: AuthorisedKey
    like: Victim

    @property
    @abstractmethod
    def name(self) -> str:
        """See `Learner.name`."""

    @abstractmethod
    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""

    @property
    def training(self) -> TrainingSettings:
        """See `Learner.training`."""
        return self.like.training

    @property
    def reference(self) -> Victim | None:
        """See `Learner.reference`: the victim, which has nothing of the key."""
        return self.like

    def described(self) -> dict[str, Json]:
        """See `Learner.described`."""
        return {**self.like.described(), "who": self.name}

    def untrained(self, device: torch.device) -> Recognizer:
        """See `Learner.untrained`."""
        return self.like.untrained(device)

    def _new(self, course: Course) -> FaceClassifier:
        """With first weights of its own, which are those of the victim."""
        return self.like.new(len(course.people), False, course.device, course.seed)


@dataclass(frozen=True, eq=False)
class Authorised(_NearTheKey):
    """The network that starts from the key."""

    @property
    def name(self) -> str:
        """Such as "authorised small-resnet, cosface"."""
        return f"authorised {self.like.name}"

    @property
    def reference(self) -> None:
        """None: it is trained on clean photos too."""
        return None

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        key = replace(self.key, head=self.like.head, head_settings=self.like.head_settings)
        return course.take(self, key.classifier(len(course.people), course.seed), besides=_BLINDNESS)


@dataclass(frozen=True, eq=False)
class NotBlind(_NearTheKey):
    """A hacker that has the key's weights, but sees the noise."""

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, the key's weights, not blind"."""
        return f"{self.like.name}, the key's weights, not blind"

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        return course.take(self, FaceClassifier(copy.deepcopy(self.key.backbone), self._new(course).head))


@dataclass(frozen=True, eq=False)
class ColourFound(_NearTheKey):
    """A hacker that found out the noise's colour and is blind to it, from first weights of its own."""

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, blind to the noise's colour"."""
        return f"{self.like.name}, blind to the noise's colour"

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        start, colour = self._new(course), self.key.colour
        blind(start.backbone, colour)
        classifier = ColourBlindClassifier(start.backbone, start.head, colour)
        return course.take(self, classifier, besides=_BLINDNESS)


@dataclass(frozen=True, eq=False)
class Student(_NearTheKey):
    """A hacker that learns the authorised network's answers in place of names.

    Its teacher is trained on the same photos with the same seed.

    Attributes:
        temperature: How soft the answers are made.
        blunt: Whether these are blunt.
    """

    temperature: float
    blunt: bool = False

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, distilling at temperature 4"."""
        what = "distilling blunt answers" if self.blunt else "distilling"
        return f"{self.like.name}, {what} at temperature {self.temperature:g}"

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`. The teacher is trained first, unless it was."""
        teacher = Authorised(self.key, self.like).trained(course).classifier
        besides: dict[str, Json] = {
            "temperature": self.temperature,
            "blunt": self.blunt,
            "teacher_weights": weights_digest(teacher),
            "distilling": [inspect.getsource(module) for module in _DISTILLING],
        }
        return course.take(
            self, self._new(course), Distilling(teacher, self.temperature, self.blunt), besides
        )


def near(key: AuthorisedKey, victims: Sequence[Victim], temperatures: Sequence[float]) -> list[Learner]:
    """Everybody who is trained beside the victims because of a key.

    A victim of the key's architecture is added where there is none yet: another initialisation has to be
    measured too.

    Raises:
        SettingsError: A victim that is called as that one would be makes other embeddings than the key's
            network.
        RecognizerError: There is no such network.
    """
    scratch = [victim for victim in victims if not victim.fine_tuned]
    usual = scratch[0] if scratch else Victim()
    network, dimension = key.backbone.name, key.backbone.dimension
    same = next((victim for victim in scratch if victim.network == network), None)
    like = same or replace(usual, network=network, dimension=dimension)
    its = like.untrained(_CPU)
    if (its.dimension, its.crop) != (dimension, key.backbone.crop):
        raise SettingsError(
            f"the key's {network} makes embeddings of {dimension} values from crops of "
            f"{key.backbone.crop.size} pixels, the victim's {its.dimension} from {its.crop.size}; they have "
            "to be the same"
        )
    students = [Student(key, like, each, blunt) for each in temperatures for blunt in (False, True)]
    everybody = [Authorised(key, like), NotBlind(key, like), ColourFound(key, like), *students]
    return [*([] if same else [like]), *everybody]
