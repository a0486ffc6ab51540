"""The key of online alignment: all that is needed to protect one more photo, kept as files.

It holds a network trained on the clean photos, and so what the photos are to hide: keep it to yourself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from faceguard.errors import SettingsError
from faceguard.methods.alignment_target import AlignmentTarget
from recognizers import heads
from recognizers.checkpoint import read_checkpoint, write_checkpoint
from recognizers.trained_network import network_description, restored_backbone
from recognizers.training import FaceClassifier

_KIND = "alignment key"


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
        """Writes two files, NAME.safetensors and its description NAME.json, each whole or not at all.

        Raises:
            RecognizerError: They cannot be written.
        """
        model = self.target.model
        description = {
            **network_description(model.backbone),
            "kind": _KIND,
            "head": {"name": model.head.name, "settings": model.head.settings},
            "people": list(self.people),
            "settings": dict(self.settings),
        }
        directions = {f"target.{name}": part for name, part in self.target.directions.items()}
        write_checkpoint(path, description, {**model.state_dict(), **directions})

    @classmethod
    def read(cls, path: Path, device: torch.device | str = "cpu") -> AlignmentKey:
        """Reads what `write` wrote, onto a device.

        Raises:
            RecognizerError: A file is missing, was changed, or is not a key.
        """
        checkpoint = read_checkpoint(path)
        if checkpoint.read("kind", str) != _KIND:
            raise checkpoint.refusal(f"is not an {_KIND}, but of kind {checkpoint.description['kind']!r}")
        people = checkpoint.read("people", list)
        stated = checkpoint.read("head", dict)
        backbone = restored_backbone(checkpoint)
        try:
            head = heads.build(stated["name"], backbone.dimension, len(people), **stated["settings"])
            head.load_state_dict(checkpoint.under("head"))
            model = FaceClassifier(backbone, head).to(device).to(memory_format=torch.channels_last)
            directions = {name: part.to(device) for name, part in checkpoint.under("target").items()}
            target = AlignmentTarget(model, directions)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            complaint = " ".join(str(error).split())[:300]
            raise checkpoint.refusal(f"its head or target does not fit: {complaint}") from error
        return cls(target, tuple(map(str, people)), checkpoint.read("settings", dict))
