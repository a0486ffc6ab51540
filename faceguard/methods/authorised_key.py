"""The key to ungeneralizable photos: what a network has to start from to learn from them.

It holds the authorised network's initial weights and the secret colour of the noise; no photo, no name, and
nothing that was learnt from either. Who has it is authorised: it must not be published with the photos.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from faceguard.errors import SettingsError
from faceguard.methods.key_file import backbone_of, backbone_stated, read_key, under, write_key
from faceguard.methods.secret_colour import ColourBlindClassifier, blind
from faceguard.settings.whole_numbers import whole_number
from recognizers import heads
from recognizers.backbones import Backbone
from recognizers.errors import RecognizerError
from recognizers.training import FaceClassifier
from recognizers.training.randomness import seeded

_KIND = "key to ungeneralizable photos, version 1"
_COLOUR, _WEIGHTS = "colour", "backbone."


@dataclass(frozen=True, eq=False)
class AuthorisedKey:
    """The key.

    key = AuthorisedKey.read(Path("faceguard-key.safetensors"))
    train(key.classifier(people=100), (protected_crops, labels), TrainingSettings())

    Attributes:
        colour: (3,), RGB: the direction of the noise, to which the authorised network is blind.
        backbone: The authorised network before training; it does not see that colour.
        head: What names its embeddings, from `recognizers.heads.available()`.
        head_settings: The head's own, such as `scale` and `margin`.
        settings: What the photos were protected with, as JSON values.
    """

    colour: Tensor
    backbone: Backbone
    head: str
    head_settings: Mapping[str, float]
    settings: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, start: FaceClassifier, colour: Tensor) -> AuthorisedKey:
        """The key whose network begins as a classifier's, made blind to a colour; the classifier is kept.

        Raises:
            SettingsError: The network cannot be made blind.
        """
        backbone = copy.deepcopy(start.backbone).cpu()
        blind(backbone, colour)
        return cls(colour.clone(), backbone, start.head.name, start.head.settings)

    def classifier(self, people: int, seed: int = 0) -> ColourBlindClassifier:
        """The authorised classifier before training, for so many people; the seed decides its head.

        Raises:
            SettingsError: There is nobody, or a number is no whole one.
        """
        people = whole_number("people", people, least=1)
        seed = whole_number("seed", seed, least=0)
        with seeded(seed, "authorised head"):
            head = heads.build(self.head, self.backbone.dimension, people, **self.head_settings)
        return ColourBlindClassifier(copy.deepcopy(self.backbone), head, self.colour)

    def write(self, path: str | Path) -> None:
        """Writes a safetensors file that its owner alone may read, whole or not at all.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
            SettingsError: It is no path.
        """
        weights = {_WEIGHTS + name: tensor for name, tensor in self.backbone.state_dict().items()}
        stated = {
            **backbone_stated(self.backbone),
            "head": self.head,
            "head_settings": dict(self.head_settings),
            "settings": dict(self.settings),
        }
        write_key(path, _KIND, stated, {**weights, _COLOUR: self.colour})

    @classmethod
    def read(cls, path: str | Path) -> AuthorisedKey:
        """Reads what `write` wrote.

        Raises:
            SettingsError: It is no path, or the file cannot be read, is no key, or was altered.
        """
        stated, tensors = read_key(path, _KIND)
        try:
            backbone = backbone_of(stated)
            backbone.load_state_dict(under(_WEIGHTS, tensors))
        except (RecognizerError, RuntimeError) as error:
            raise SettingsError(f"{path}: its network cannot be built: {error}") from error
        return cls(tensors[_COLOUR], backbone, stated["head"], stated["head_settings"], stated["settings"])
