"""Key files: what a method has to remember of an album and must not be published, with a network in it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from faceguard.errors import SettingsError
from faceguard.photos import write_atomically
from faceguard.settings.paths import path_of
from faceguard.tensor_file import read_tensors
from recognizers import backbones
from recognizers.backbones import Backbone
from recognizers.crops import crop_of

KEY_NAME = "faceguard-key.safetensors"
"""What a key is called where it lies with the photos that were protected."""


def write_key(path: str | Path, kind: str, stated: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Writes a safetensors file that its owner alone may read, whole or not at all.

    Args:
        path: The file.
        kind: Of what method and version it is.
        stated: What it says beside tensors, as JSON values.
        tensors: The tensors, on any device.

    Raises:
        DiskFullError: There is no room left.
        PhotoError: It cannot be written for another reason.
        SettingsError: It is no path.
    """
    path = path_of("a key file", path)
    # Copies, since safetensors refuses tensors that share memory, as some networks' do.
    copies = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    described = json.dumps(stated, default=str)
    header = {"kind": kind, "key": described, "sha256": _digest(described, copies)}
    write_atomically(path, save(copies, header))
    with suppress(OSError):  # some file systems have no permissions
        path.chmod(0o600)


def read_key(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What a file of a kind states, and its tensors.

    Raises:
        SettingsError: It is no path, or the file cannot be read, is of another kind, or was altered.
    """
    path = path_of("a key file", path)
    header, tensors = read_tensors(path, "a key")
    if header.get("kind") != kind:
        raise SettingsError(f"{path}: holds no {kind}")
    described = header.get("key", "")
    if header.get("sha256") != _digest(described, tensors):
        raise SettingsError(f"{path}: was altered or damaged: its SHA-256 is not the one it states")
    return json.loads(described), tensors


def backbone_stated(backbone: Backbone) -> dict[str, Any]:
    """What a key file says of a network, beside its weights."""
    return {
        "backbone": backbone.name,
        "dimension": backbone.dimension,
        "crop": dataclasses.asdict(backbone.crop),
    }


def backbone_of(stated: Mapping[str, Any]) -> Backbone:
    """A network of the kind that `backbone_stated` describes, with other weights.

    Raises:
        RecognizerError: There is no such network.
    """
    return backbones.build(stated["backbone"], stated["dimension"], crop_of(stated["crop"]))


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _digest(described: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(described.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
