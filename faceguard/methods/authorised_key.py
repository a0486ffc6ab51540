"""The key to ungeneralizable photos: what a network has to start from to learn from them.

It holds the authorised network's initial weights and the secret colour of the noise; no photo, no name, and
nothing that was learnt from either. Who has it is authorised: it must not be published with the photos.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from faceguard.errors import SettingsError
from faceguard.methods.secret_colour import ColourBlindClassifier, blind
from faceguard.photos import write_atomically
from recognizers import backbones, heads
from recognizers.backbones import Backbone
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError
from recognizers.training import FaceClassifier
from recognizers.training.randomness import seeded

_KIND = "faceguard key, version 1"
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
        """The authorised classifier before training, for so many people; the seed decides its head."""
        with seeded(seed, "authorised head"):
            head = heads.build(self.head, self.backbone.dimension, people, **self.head_settings)
        return ColourBlindClassifier(copy.deepcopy(self.backbone), head, self.colour)

    def write(self, path: Path) -> None:
        """Writes a safetensors file that its owner alone may read, whole or not at all.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
        """
        tensors = {_WEIGHTS + name: t.contiguous() for name, t in self.backbone.state_dict().items()}
        tensors[_COLOUR] = self.colour
        stated = {
            "backbone": self.backbone.name,
            "dimension": self.backbone.dimension,
            "crop": dataclasses.asdict(self.backbone.crop),
            "head": self.head,
            "head_settings": dict(self.head_settings),
            "settings": dict(self.settings),
        }
        described = json.dumps(stated, default=str)
        header = {"kind": _KIND, "key": described, "sha256": _digest(described, tensors)}
        write_atomically(path, save(tensors, header))
        with suppress(OSError):  # some file systems have no permissions
            path.chmod(0o600)

    @classmethod
    def read(cls, path: Path) -> AuthorisedKey:
        """Reads what `write` wrote.

        Raises:
            SettingsError: The file cannot be read, is no key, or was altered.
        """
        try:
            with safe_open(path, "pt") as file:
                header = file.metadata() or {}
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        except (OSError, SafetensorError) as error:
            raise SettingsError(f"{path}: cannot be read as a key: {error}") from error
        if header.get("kind") != _KIND:
            raise SettingsError(f"{path}: holds no key of this version of faceguard")
        described = header.get("key", "")
        if header.get("sha256") != _digest(described, tensors):
            raise SettingsError(f"{path}: was altered or damaged: its SHA-256 is not the one it states")
        stated = json.loads(described)
        try:
            backbone = backbones.build(stated["backbone"], stated["dimension"], _crop(stated["crop"]))
            backbone.load_state_dict(
                {n.removeprefix(_WEIGHTS): t for n, t in tensors.items() if n.startswith(_WEIGHTS)}
            )
        except (RecognizerError, RuntimeError) as error:
            raise SettingsError(f"{path}: its network cannot be built: {error}") from error
        return cls(tensors[_COLOUR], backbone, stated["head"], stated["head_settings"], stated["settings"])


def _crop(stated: Mapping[str, Any]) -> CropSpec:
    one, two, three, four, five = ((float(x), float(y)) for x, y in stated["template"])
    red, green, blue = map(float, stated["mean"])
    return CropSpec(
        stated["size"],
        (one, two, three, four, five),
        (red, green, blue),
        stated["scale"],
        stated["colour_order"],
    )


def _digest(described: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(described.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
