"""The key of online alignment: all that is needed to protect one more photo, kept as a file.

It holds a network that was trained on the clean photos and names the people on them: it must not be
published.
"""

from __future__ import annotations

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
from faceguard.methods.alignment_target import AlignmentTarget
from faceguard.photos import write_atomically
from recognizers import backbones, heads
from recognizers.crops import CropSpec
from recognizers.errors import RecognizerError
from recognizers.training import FaceClassifier

_KIND = "faceguard alignment key, version 1"
_MODEL, _TARGET = "model.", "target."


@dataclass(frozen=True, eq=False)
class AlignmentKey:
    """A surrogate with its target gradient, and whom it names.

    Attributes:
        target: The surrogate and where its weights should be pulled.
        people: The people's names, in the order of the surrogate's classes.
        settings: What it was made with, as JSON values; for people to read.
    """

    target: AlignmentTarget
    people: tuple[str, ...]
    settings: Mapping[str, Any]

    def label(self, person: str) -> int:
        """The class of a person.

        Raises:
            SettingsError: The key was made without photos of that person.
        """
        if person not in self.people:
            raise SettingsError(
                f"the key knows nobody called {person!r}; make one with photos of everybody it is to protect"
            )
        return self.people.index(person)

    def write(self, path: Path) -> None:
        """Writes a safetensors file that its owner alone may read, whole or not at all.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
        """
        model = self.target.model
        tensors = {_MODEL + name: tensor for name, tensor in model.state_dict().items()}
        tensors |= {_TARGET + name: tensor for name, tensor in self.target.directions.items()}
        tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
        stated = {
            "backbone": model.backbone.name,
            "dimension": model.backbone.dimension,
            "crop": dataclasses.asdict(model.crop),
            "head": model.head.name,
            "head_settings": model.head.settings,
            "people": self.people,
            "settings": dict(self.settings),
        }
        described = json.dumps(stated, default=str)
        header = {"kind": _KIND, "key": described, "sha256": _digest(described, tensors)}
        write_atomically(path, save(tensors, header))
        with suppress(OSError):  # some file systems have no permissions
            path.chmod(0o600)

    @classmethod
    def read(cls, path: Path, device: torch.device | str = "cpu") -> AlignmentKey:
        """Reads what `write` wrote, onto a device.

        Raises:
            SettingsError: The file cannot be read, is no such key, or was altered.
        """
        try:
            with safe_open(path, "pt") as file:
                header = file.metadata() or {}
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        except (OSError, SafetensorError) as error:
            raise SettingsError(f"{path}: cannot be read as a key: {error}") from error
        if header.get("kind") != _KIND:
            raise SettingsError(f"{path}: holds no alignment key of this version of faceguard")
        described = header.get("key", "")
        if header.get("sha256") != _digest(described, tensors):
            raise SettingsError(f"{path}: was altered or damaged: its SHA-256 is not the one it states")
        stated = json.loads(described)
        try:
            backbone = backbones.build(stated["backbone"], stated["dimension"], _crop(stated["crop"]))
            people = tuple(stated["people"])
            head = heads.build(stated["head"], backbone.dimension, len(people), **stated["head_settings"])
            model = FaceClassifier(backbone, head)
            model.load_state_dict(_under(_MODEL, tensors))
        except (RecognizerError, RuntimeError) as error:
            raise SettingsError(f"{path}: its network cannot be built: {error}") from error
        model = model.to(device).to(memory_format=torch.channels_last)
        directions = {name: part.to(device) for name, part in _under(_TARGET, tensors).items()}
        order = [name for name, _ in model.named_parameters() if name in directions]
        target = AlignmentTarget(model, {name: directions[name] for name in order})
        return cls(target, people, stated["settings"])


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _crop(stated: Mapping[str, Any]) -> CropSpec:
    one, two, three, four, five = ((float(x), float(y)) for x, y in stated["template"])
    red, green, blue = map(float, stated["mean"])
    template = (one, two, three, four, five)
    return CropSpec(stated["size"], template, (red, green, blue), stated["scale"], stated["colour_order"])


def _digest(described: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(described.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
