"""Training on disk: after each epoch a pair of files from which it goes on, and the recogniser at the end.

After epoch 7, `NAME.safetensors` is preceded by `NAME.epoch-0007.safetensors`, and each with its sidecar. The
files of an epoch are removed when those of the next are complete, so that there is always one whole pair.
All of them can be loaded as recognisers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from recognizers.checkpoint import (
    Checkpoint,
    read_checkpoint,
    remove_checkpoint,
    sidecar_path,
    tensors_path,
    write_checkpoint,
)
from recognizers.errors import RecognizerError
from recognizers.trained_network import network_description
from recognizers.training.augmentation import name_of
from recognizers.training.data import TrainingData, fingerprint
from recognizers.training.progress import Epoch
from recognizers.training.trainer import Trainer


def described(trainer: Trainer, data: TrainingData, people: Sequence[str] | None) -> dict[str, Any]:
    """Everything that decides what training comes to; where it is equal, training may go on."""
    classifier, settings = trainer.classifier, trainer.settings
    return {
        **network_description(classifier.backbone),
        "head": {"name": classifier.head.name, "settings": classifier.head.settings},
        "classes": classifier.head.classes,
        "people": None if people is None else list(people),
        "training": {key: value for key, value in dataclasses.asdict(settings).items() if key != "device"},
        "transforms": [name_of(transform) for transform in trainer.transforms],
        "data": fingerprint(data),
        "start": _weights_hash(classifier),
    }


class SavedState:
    """The files of one training.

    Args:
        path: The file of tensors at the end, NAME.safetensors.
        description: What `described` gave before the first step.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]) -> None:
        self._path = tensors_path(path)
        self._description = dict(description)

    def save(self, trainer: Trainer, history: Sequence[Epoch]) -> None:
        """Writes the state after the last epoch of a history, and removes that of the one before.

        Raises:
            RecognizerError: It cannot be written.
        """
        finished = len(history) == trainer.settings.epochs
        tensors = dict(trainer.classifier.state_dict())
        if not finished:
            tensors |= {f"momentum.{name}": momentum for name, momentum in trainer.momenta().items()}
        progress = {
            "finished": finished,
            "steps": trainer.steps,
            "history": [dataclasses.asdict(epoch) for epoch in history],
        }
        written = self._path if finished else self._epoch_path(len(history))
        write_checkpoint(written, {**self._description, **progress}, tensors)
        for number, path in self._epochs():
            if finished or number != len(history):
                remove_checkpoint(path)

    def restore(self, trainer: Trainer) -> list[Epoch]:
        """Goes back to the last state there is, and returns its history; empty where there is none.

        Raises:
            RecognizerError: The files are those of another training, or not what they should be.
        """
        saved = self._last()
        if saved is None:
            return []
        self._check_same(saved)
        history = [Epoch(**epoch) for epoch in saved.read("history", list)]
        momenta = saved.under("momentum")
        weights = {name: t for name, t in saved.tensors.items() if not name.startswith("momentum.")}
        try:
            trainer.restore(weights, momenta, saved.read("steps", int))
        except RuntimeError as error:
            complaint = " ".join(str(error).split())[:300]
            raise saved.refusal(f"the weights do not fit: {complaint}") from error
        return history

    def forget(self) -> None:
        """Removes the states of epochs, to begin anew; the finished recogniser stays until it is replaced."""
        for _, path in self._epochs():
            remove_checkpoint(path)

    def _last(self) -> Checkpoint | None:
        if sidecar_path(self._path).exists() and self._path.exists():
            return read_checkpoint(self._path)
        epochs = self._epochs()
        return read_checkpoint(epochs[-1][1]) if epochs else None

    def _check_same(self, saved: Checkpoint) -> None:
        asked = json.loads(json.dumps(self._description))
        for key, value in asked.items():
            if saved.description.get(key) != value:
                raise RecognizerError(
                    f"{saved.path}: is another training: its {key!r} is not the same. Choose another file, "
                    "or train without resuming to replace it"
                )

    def _epoch_path(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.stem}.epoch-{number:04d}{self._path.suffix}")

    def _epochs(self) -> list[tuple[int, Path]]:
        """The complete states of epochs that are there, in order."""
        pattern = re.compile(re.escape(self._path.stem) + r"\.epoch-(\d+)" + re.escape(self._path.suffix))
        found = []
        for path in self._path.parent.glob("*" + self._path.suffix):
            matched = pattern.fullmatch(path.name)
            if matched and sidecar_path(path).exists():
                found.append((int(matched.group(1)), path))
        return sorted(found)


def _weights_hash(module: nn.Module) -> str:
    """The SHA-256 of all weights and buffers."""
    digest = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()
