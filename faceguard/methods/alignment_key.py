"""The key of online alignment: all that is needed to protect one more photo, kept as a file.

It holds a network that was trained on the clean photos and names the people on them: it must not be
published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from faceguard.errors import SettingsError
from faceguard.methods.alignment_target import AlignmentTarget
from faceguard.methods.key_file import backbone_of, backbone_stated, read_key, under, write_key
from recognizers import heads
from recognizers.errors import RecognizerError
from recognizers.training import FaceClassifier

_KIND = "alignment key, version 2"
_MODEL, _TARGET, _SIGNS = "model.", "target.", "signs"


@dataclass(frozen=True, eq=False)
class AlignmentKey:
    """A surrogate with its target gradient, and whom it names.

    Attributes:
        target: The surrogate and where its weights should be pulled.
        people: The people's names, in the order of the surrogate's classes.
        settings: What it was made with, as JSON values; for people to read.
        signs: (people, 1, blocks, blocks): what each person's photos share, see `SharedPattern.signs`.
    """

    target: AlignmentTarget
    people: tuple[str, ...]
    settings: Mapping[str, Any]
    signs: Tensor

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

    def write(self, path: str | Path) -> None:
        """Writes a safetensors file that its owner alone may read, whole or not at all.

        Raises:
            DiskFullError: There is no room left.
            PhotoError: It cannot be written for another reason.
            SettingsError: It is no path.
        """
        model = self.target.model
        tensors = {_MODEL + name: tensor for name, tensor in model.state_dict().items()}
        tensors |= {_TARGET + name: tensor for name, tensor in self.target.directions.items()}
        tensors[_SIGNS] = self.signs
        stated = {
            **backbone_stated(model.backbone),
            "head": model.head.name,
            "head_settings": model.head.settings,
            "people": self.people,
            "settings": dict(self.settings),
        }
        write_key(path, _KIND, stated, tensors)

    @classmethod
    def read(cls, path: str | Path, device: torch.device | str = "cpu") -> AlignmentKey:
        """Reads what `write` wrote, onto a device.

        Raises:
            SettingsError: It is no path, or the file cannot be read, is no such key, or was altered.
        """
        stated, tensors = read_key(path, _KIND)
        people = tuple(stated["people"])
        try:
            backbone = backbone_of(stated)
            head = heads.build(stated["head"], backbone.dimension, len(people), **stated["head_settings"])
            model = FaceClassifier(backbone, head)
            model.load_state_dict(under(_MODEL, tensors))
        except (RecognizerError, RuntimeError) as error:
            raise SettingsError(f"{path}: its network cannot be built: {error}") from error
        model = model.to(device).to(memory_format=torch.channels_last)
        directions = {name: part.to(device) for name, part in under(_TARGET, tensors).items()}
        order = [name for name, _ in model.named_parameters() if name in directions]
        target = AlignmentTarget(model, {name: directions[name] for name in order})
        return cls(target, people, stated["settings"], tensors[_SIGNS])
