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
from faceguard.methods import secret_colour, ungeneralizable_losses
from faceguard.methods.authorised_key import AuthorisedKey
from faceguard.methods.secret_colour import ColourBlindClassifier, blind
from recognizers import Recognizer, heads
from recognizers.trained_network import TrainedNetwork
from recognizers.training import FaceClassifier, Training, TrainingSettings
from recognizers.training.randomness import seeded

_CPU = torch.device("cpu")
_BLINDNESS: dict[str, Json] = {"secret_colour": inspect.getsource(secret_colour)}


@dataclass(frozen=True, eq=False)
class Authorised:
    """The network that starts from the key.

    Attributes:
        key: The key.
        like: A victim of the same architecture, which it is trained as.
    """

    key: AuthorisedKey
    like: Victim

    @property
    def name(self) -> str:
        """Such as "authorised small-resnet, cosface"."""
        return f"authorised {self.like.name}"

    @property
    def training(self) -> TrainingSettings:
        """See `Learner.training`."""
        return self.like.training

    def described(self) -> dict[str, Json]:
        """See `Learner.described`."""
        return {**self.like.described(), "starts_from": "the key"}

    def untrained(self, device: torch.device) -> Recognizer:
        """See `Learner.untrained`."""
        return TrainedNetwork(self.key.backbone, device, name=self.name)

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        key = replace(self.key, head=self.like.head, head_settings=self.like.head_settings)
        return course.take(self, key.classifier(len(course.people), course.seed), besides=_BLINDNESS)


@dataclass(frozen=True, eq=False)
class NotBlind:
    """A hacker that has the key's weights, but sees the noise.

    Attributes:
        authorised: The network whose first weights it has.
    """

    authorised: Authorised

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, the key's weights, not blind"."""
        return f"{self.authorised.like.name}, the key's weights, not blind"

    @property
    def training(self) -> TrainingSettings:
        """See `Learner.training`."""
        return self.authorised.training

    def described(self) -> dict[str, Json]:
        """See `Learner.described`."""
        return {**self.authorised.like.described(), "starts_from": "the key's weights, not blind"}

    def untrained(self, device: torch.device) -> Recognizer:
        """See `Learner.untrained`."""
        return self.authorised.untrained(device)

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        backbone, like = self.authorised.key.backbone, self.authorised.like
        with seeded(course.seed, "hacker's head"):
            head = heads.build(like.head, backbone.dimension, len(course.people), **like.head_settings)
        return course.take(self, FaceClassifier(copy.deepcopy(backbone), head))


@dataclass(frozen=True, eq=False)
class ColourFound:
    """A hacker that found out the noise's colour and is blind to it, from first weights of its own.

    Attributes:
        authorised: The network whose colour it knows.
    """

    authorised: Authorised

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, blind to the noise's colour"."""
        return f"{self.authorised.like.name}, blind to the noise's colour"

    @property
    def training(self) -> TrainingSettings:
        """See `Learner.training`."""
        return self.authorised.training

    def described(self) -> dict[str, Json]:
        """See `Learner.described`."""
        return {**self.authorised.like.described(), "starts_from": "its own weights, blind"}

    def untrained(self, device: torch.device) -> Recognizer:
        """See `Learner.untrained`."""
        return self.authorised.like.untrained(device)

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`."""
        start = self.authorised.like.new(len(course.people), False, course.device, course.seed)
        colour = self.authorised.key.colour
        blind(start.backbone, colour)
        classifier = ColourBlindClassifier(start.backbone, start.head, colour)
        return course.take(self, classifier, besides=_BLINDNESS)


@dataclass(frozen=True, eq=False)
class Student:
    """A hacker that learns the authorised network's answers in place of names.

    Attributes:
        authorised: Its teacher, trained on the same photos with the same seed.
        temperature: How soft the answers are made.
    """

    authorised: Authorised
    temperature: float

    @property
    def name(self) -> str:
        """Such as "small-resnet, cosface, distilling at temperature 4"."""
        return f"{self.authorised.like.name}, distilling at temperature {self.temperature:g}"

    @property
    def training(self) -> TrainingSettings:
        """See `Learner.training`."""
        return self.authorised.training

    def described(self) -> dict[str, Json]:
        """See `Learner.described`."""
        like = self.authorised.like.described()
        return {**like, "teacher": self.authorised.name, "temperature": self.temperature}

    def untrained(self, device: torch.device) -> Recognizer:
        """See `Learner.untrained`."""
        return self.authorised.like.untrained(device)

    def trained(self, course: Course) -> Training:
        """See `Learner.trained`. The teacher is trained first, unless it was."""
        teacher = self.authorised.trained(course).classifier
        student = self.authorised.like.new(len(course.people), False, course.device, course.seed)
        besides = {
            "teacher_weights": weights_digest(teacher),
            "distilling": [inspect.getsource(module) for module in (distilling, ungeneralizable_losses)],
        }
        return course.take(self, student, Distilling(teacher, self.temperature), besides)


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
    authorised = Authorised(key, like)
    students = [Student(authorised, temperature) for temperature in temperatures]
    return [*([] if same else [like]), authorised, NotBlind(authorised), ColourFound(authorised), *students]
